// Provision: the policy goes to the phone, the acknowledgement comes back, and a lasting key closes the bargain.
import type { PolicyKey } from '../../model/id.ts'
import { documentOf, EASProvisionDoc } from '../../policy/document.ts'
import type { DeviceWipe } from '../../model/wipe.ts'
import { Provision } from '../../wbxml/pages.ts'
import { container, integer, many, optional, text, type Encodable, type Infer } from '../../wbxml/schema.ts'
import type { Turn } from '../../sync/circle.ts'
import { holdBack, sentAway } from '../brake.ts'
import type { Call } from '../command.ts'
import { command, reply } from '../define.ts'
import { DeviceInformationRequest, DeviceInformationResponse, rememberInformation } from '../device-information.ts'
import { Failure } from '../error.ts'

const WipeRequest = [optional(text(Provision.Status))] as const

/**
 * MS-ASPROV 2.2.2.44. Everything may be missing: an empty Provision asks for orders, and iOS 5 acknowledges a wipe with a Policy
 * that has no PolicyType, and with its Status in front.
 */
const ProvisionRequest = container(Provision.Provision, [
  optional(DeviceInformationRequest),
  optional(text(Provision.Status)),
  optional(
    container(Provision.Policies, [
      many(
        container(Provision.Policy, [
          optional(text(Provision.PolicyType)),
          optional(text(Provision.PolicyKey)),
          optional(text(Provision.Status)),
        ]),
      ),
    ]),
  ),
  optional(container(Provision.RemoteWipe, WipeRequest)),
  optional(container(Provision.AccountOnlyRemoteWipe, WipeRequest)),
])
type ProvisionRequest = Infer<typeof ProvisionRequest>
type RequestPolicy = NonNullable<ProvisionRequest['Policies']>['Policy'][number]

const ProvisionResponse = container(Provision.Provision, [
  optional(DeviceInformationResponse),
  integer(Provision.Status),
  optional(
    container(Provision.Policies, [
      container(Provision.Policy, [
        text(Provision.PolicyType),
        integer(Provision.Status),
        optional(text(Provision.PolicyKey)),
        optional(container(Provision.Data, [EASProvisionDoc])),
      ]),
    ]),
  ),
  // MS-ASPROV 2.2.2.45 and 2.2.2.1: empty in an answer, and there only if somebody asked for a wipe.
  optional(container(Provision.RemoteWipe, [])),
  optional(container(Provision.AccountOnlyRemoteWipe, [])),
])
type ProvisionResponse = Encodable<typeof ProvisionResponse>
type ResponsePolicy = NonNullable<ProvisionResponse['Policies']>['Policy']

const wbxmlPolicy = 'MS-EAS-Provisioning-WBXML'
const success = 1
/** MS-ASPROV 3.2.5.1.2.2: what answers a device that could not. */
const wipeFailed = 2

/** MS-ASPROV 2.2.2.54.1, from the server. */
const policyStatus = { success: 1, noPolicy: 2, unknownType: 3, wrongKey: 5 } as const

/** An enrolment takes two. A wipe takes none: nothing may stand in its way. */
const turns: readonly Turn[] = [{ circle: 'provision', subject: '' }]

export const provision = command({
  name: 'Provision',
  kind: 'provision',
  request: ProvisionRequest,
  response: ProvisionResponse,
  // MS-ASPROV 2.2.2.54.2.
  statuses: { ProtocolError: 2, CommandServerError: 3 },
  failed: (status) => ({ Status: status }),
  body: 'optional',
  run: async (request, call) => {
    if (call.wipe !== null) return reply(await wipe(request, call.wipe, call))
    const away = sentAway(call, turns)
    if (away !== null) return away
    await holdBack(call, turns)
    const unasked = request?.RemoteWipe ?? request?.AccountOnlyRemoteWipe
    if (unasked !== undefined) call.house.log.warn({ device: call.device.id }, 'a wipe was acknowledged that nobody ordered')
    if (request === null || unasked !== undefined) return reply({ Status: success })
    const policy = chosen(request.Policies?.Policy ?? [])
    const informed = await information(request, policy, call)
    // MS-ASPROV 3.2.5.1.1: an empty request asks whether there is a wipe. There is none.
    if (policy === null) return reply({ ...informed, Status: success })
    const answer = isAcknowledgement(policy) ? await acknowledge(policy, call) : await offer(policy, call)
    return reply({ ...informed, Status: success, Policies: { Policy: answer } })
  },
})

/**
 * MS-ASPROV 3.2.5.1.2.2 and 3.2.5.1.2.3: whatever a device that owes a wipe asks, it is told of it, until it says that it is done. The
 * acknowledgement counts however it is dressed (iOS 5 puts a bare Policy in front of it), but only of the wipe it was told of.
 */
async function wipe(request: ProvisionRequest | null, { id, scope }: DeviceWipe, call: Call): Promise<ProvisionResponse> {
  const { account, device, dialect, house } = call
  const said = scope === 'device' ? request?.RemoteWipe : request?.AccountOnlyRemoteWipe
  // iOS 5.0.1 puts the Status in front of the container.
  const status = (said?.Status ?? request?.Status)?.trim() === '1' ? 1 : 2
  const acknowledged = said === undefined ? 'unasked' : await house.wipes.acknowledge(account.id, device.id, scope, status)
  if (acknowledged !== 'unasked') house.log.warn({ device: device.id, wipe: id, scope, acknowledged }, 'a wipe was acknowledged')
  if (acknowledged === 'wiped') return { Status: success }
  if (scope === 'account' && !dialect.accountOnlyWipe) {
    const reason = `the device speaks ${dialect.version}, which has no word for an account-only wipe`
    if (!(await house.wipes.unspeakable(account.id, device.id, id, reason))) return { Status: success }
    throw new Failure('DeviceIsBlockedForThisUser', 'an account-only wipe cannot be told in this version')
  }
  // MS-ASPROV 3.2.5.1.1: the directive must be left out where none is requested, and this one was taken back on the way.
  if (!(await house.wipes.deliver(account.id, device.id, id))) return { Status: success }
  house.log.warn({ device: device.id, wipe: id, scope }, 'a wipe was delivered')
  const directive = scope === 'device' ? { RemoteWipe: {} } : { AccountOnlyRemoteWipe: {} }
  return { Status: acknowledged === 'failed' ? wipeFailed : success, ...directive }
}

/** The policy this server can speak of, where a phone names several. */
function chosen(policies: readonly RequestPolicy[]): RequestPolicy | null {
  return policies.find((policy) => policy.PolicyType === wbxmlPolicy) ?? policies[0] ?? null
}

/** A first phase names a type and no more; Windows Mobile sends PolicyKey 0 with it. */
function isAcknowledgement(policy: RequestPolicy): boolean {
  return policy.Status !== undefined || (policy.PolicyKey ?? '0') !== '0'
}

/** Keeps what the device says of itself. MS-ASPROV 2.2.2.53: a must in the first phase, from 14.1 on. */
async function information(
  request: ProvisionRequest,
  policy: RequestPolicy | null,
  call: Call,
): Promise<Pick<ProvisionResponse, 'DeviceInformation'>> {
  const said = request.DeviceInformation?.Set
  const { deviceInformationInProvision } = call.dialect
  if (said === undefined) {
    if (deviceInformationInProvision && policy !== null && !isAcknowledgement(policy)) throw new Failure('DeviceInformationRequired')
    return {}
  }
  await rememberInformation(said, call)
  return deviceInformationInProvision ? { DeviceInformation: { Status: success } } : {}
}

/** First phase. */
async function offer(policy: RequestPolicy, call: Call): Promise<ResponsePolicy> {
  const { account, device, dialect, house } = call
  // MS-ASCMD 3.1.5.1.
  if (policy.PolicyType === undefined || policy.PolicyType === '') throw new Failure('ProtocolError', 'no PolicyType')
  if (policy.PolicyType !== wbxmlPolicy) return { PolicyType: policy.PolicyType, Status: policyStatus.unknownType }
  const offered = await house.policy.offer(account, device, dialect)
  if (offered !== null) house.metrics.provisioned('offered')
  if (offered === null) return { PolicyType: wbxmlPolicy, Status: policyStatus.noPolicy }
  return {
    PolicyType: wbxmlPolicy,
    Status: policyStatus.success,
    PolicyKey: String(offered.key),
    Data: { EASProvisionDoc: documentOf(offered.policy) },
  }
}

/** Second phase. The key in the body decides: the header may still hold the one before (AOSP). */
async function acknowledge(policy: RequestPolicy, call: Call): Promise<ResponsePolicy> {
  const { account, device, dialect, house } = call
  const type = policy.PolicyType === undefined || policy.PolicyType === '' ? wbxmlPolicy : policy.PolicyType
  if (type !== wbxmlPolicy) return { PolicyType: type, Status: policyStatus.unknownType }
  if (!house.policy.policyFor(account).provisions) return { PolicyType: type, Status: policyStatus.noPolicy }
  const status = clientStatus(policy.Status)
  const acceptance = await house.policy.accept(account, device, keyOf(policy.PolicyKey), status, house.clock.now())
  house.metrics.provisioned(acceptance.kind === 'accepted' && status === 2 ? 'partly' : acceptance.kind)
  switch (acceptance.kind) {
    case 'accepted':
      house.log.info({ device: device.id, status }, 'policy acknowledged')
      return { PolicyType: type, Status: policyStatus.success, PolicyKey: String(acceptance.key) }
    case 'wrong-key':
      return { PolicyType: type, Status: policyStatus.wrongKey }
    case 'refused':
      // Up to 12.1 these would be a 449, upon which the device would begin again, for ever.
      throw new Failure(dialect.commonStatuses ? acceptance.failure : 'ProtocolError', `acknowledged with status ${status}`)
  }
}

/** MS-ASPROV 2.2.2.54.1, from the client: 1 applied, 2 partly, 3 not at all, 4 managed by somebody else. */
function clientStatus(text: string | undefined): number {
  const status = /^[1-4]$/.test(text?.trim() ?? '') ? Number(text) : null
  if (status === null) throw new Failure('ProtocolError', 'no such acknowledgement')
  return status
}

/** MS-ASPROV 2.2.2.42: the text of an unsigned 32-bit integer; anything else is no key of ours. */
function keyOf(text: string | undefined): PolicyKey {
  const key = /^\d{1,10}$/.test(text?.trim() ?? '') ? Number(text) : 0
  return (key > 0xffff_ffff ? 0 : key) as PolicyKey
}
