// One request from the request line to the answer: device, verdict, command.
import type { Principal } from '../model/account.ts'
import { unprovisioned, validationDevice, type Device } from '../model/device.ts'
import { dialects } from '../model/dialect.ts'
import type { Instant } from '../model/id.ts'
import { isSince, protocolVersions, type ProtocolVersion } from '../model/version.ts'
import type { Answer, Call, House, RequestBody, RequestLine } from './command.ts'
import { Failure } from './error.ts'
import { announcedCommands, commandNamed } from './registry.ts'

/** A request as the endpoint hands it over: authenticated, its body read and bounded, nothing decoded. */
export interface Exchange {
  readonly line: RequestLine
  readonly principal: Principal
  readonly body: RequestBody
  readonly address: string
  readonly userAgent: string | null
  /** Aborted when the socket closes, or with the reason `'shutdown'` when the server stops. */
  readonly signal: AbortSignal
  /** See Call. */
  readonly rest: Call['rest']
}

export interface Protocol {
  serve(exchange: Exchange): Promise<Answer>
  /** The versions and commands this account may use, for OPTIONS and the headers of every answer. */
  offer(principal: Principal): { readonly versions: readonly ProtocolVersion[]; readonly commands: readonly string[] }
}

const sightingSeconds = 60

/** One list per highest version, made once: every answer announces it. */
const offered = new Map<ProtocolVersion | null, readonly ProtocolVersion[]>()

function versionsFor({ account: { maxVersion } }: Principal): readonly ProtocolVersion[] {
  const known = offered.get(maxVersion)
  if (known !== undefined) return known
  const list = protocolVersions.filter((version) => dialects[version].served && (maxVersion === null || isSince(maxVersion, version)))
  offered.set(maxVersion, list)
  return list
}

function fleeting(exchange: Exchange, now: Instant): Device {
  const { line, principal, userAgent, address } = exchange
  return {
    account: principal.account.id,
    id: line.device,
    type: line.deviceType,
    userAgent,
    version: line.version,
    information: {},
    access: 'allowed',
    firstSeen: now,
    lastSeen: now,
    lastAddress: address,
    provision: unprovisioned,
  }
}

/** The device's record, made on its first request and brought up to date at most once a minute. */
async function sight(exchange: Exchange, house: House): Promise<Device> {
  const { line, principal, userAgent, address } = exchange
  const now = house.clock.now()
  if (line.device === validationDevice) return fleeting(exchange, now)
  const { devices } = house.store
  const known = await devices.find(principal.account.id, line.device)
  if (known === null) {
    const sighting = { type: line.deviceType, userAgent, version: line.version, address, at: now }
    return devices.enrol(principal.account.id, line.device, sighting)
  }
  const agent = userAgent ?? known.userAgent
  const changed =
    known.version !== line.version || known.type !== line.deviceType || known.userAgent !== agent || known.lastAddress !== address
  if (!changed && now - known.lastSeen < sightingSeconds * 1000) return known
  return devices.change(principal.account.id, line.device, {
    version: line.version,
    type: line.deviceType,
    userAgent: agent,
    lastAddress: address,
    lastSeen: now,
  })
}

/** The protocol over these ports. */
export function createProtocol(house: House): Protocol {
  return {
    offer: (principal) => ({ versions: versionsFor(principal), commands: announcedCommands }),

    async serve(exchange) {
      const { line, principal, body, signal, rest } = exchange
      const { account } = principal
      const dialect = dialects[line.version]
      const known = line.command === null ? null : commandNamed(line.command)
      // MS-ASCMD 2.2.2, 137 and 138; there is no document to put a Status in, so HTTP says it in every version.
      if (known === null) return { status: 501, body: null }
      if (!versionsFor(principal).includes(line.version)) return { status: 400, body: null }
      const device = await sight(exchange, house)
      const call: Call = { line, principal, account, device, dialect, body, house, signal, rest, trace: house.traces.of(device) }
      if (!known.speaks(line.version)) {
        // A document of a version that does not know the command has no element for a Status (iOS 16 sends Find at 14.0).
        call.trace.note('failure', { failure: 'VersionNotSupported', command: known.name, version: line.version })
        return { status: 501, body: null }
      }
      const verdict = house.policy.judge(account, device, known.exempt, line.policyKey, house.clock.now())
      call.trace.note('request', { command: known.name, version: line.version, verdict: verdict.kind })
      if (verdict.kind !== 'pass') return known.refuse(call, new Failure(verdict.failure, verdict.reason))
      return known.serve(call)
    },
  }
}
