// One request from the request line to the answer: device, verdict, command.
import type { Account, Principal } from '../model/account.ts'
import { unprovisioned, validationDevice, type Device } from '../model/device.ts'
import { dialects } from '../model/dialect.ts'
import type { Instant } from '../model/id.ts'
import type { Policy } from '../model/policy.ts'
import { protocolVersions, type ProtocolVersion } from '../model/version.ts'
import { isOwed } from '../model/wipe.ts'
import { isOffered } from '../policy/effect.ts'
import type { Turn } from '../sync/circle.ts'
import { holdBack, sentAway } from './brake.ts'
import { endpointPath, type Answer, type Call, type CommandName, type House, type RequestBody, type RequestLine } from './command.ts'
import { remember, type Command } from './define.ts'
import { Failure, type FailureName } from './error.ts'
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

export interface Offer {
  readonly versions: readonly ProtocolVersion[]
  readonly commands: readonly string[]
}

export interface Protocol {
  serve(exchange: Exchange): Promise<Answer>
  /** What this account may use, for OPTIONS and the headers of every answer. The same offer is the same object. */
  offer(principal: Principal): Offer
  /** The answer to whoever lives elsewhere, whatever he asks; null for who lives here. */
  elsewhere(principal: Principal): Answer | null
}

const sightingSeconds = 60
/** What a quarantined device may do: look at its waiting room, and say what it is. */
const forWaiting: ReadonlySet<CommandName> = new Set<CommandName>([
  'Provision',
  'Settings',
  'FolderSync',
  'Sync',
  'Ping',
  'GetItemEstimate',
  'ItemOperations',
])

/** What a device does that only checks credentials; the rest would be a way past the rules for devices, for nothing is kept of it. */
const forValidation: ReadonlySet<CommandName> = new Set<CommandName>(['Provision', 'Settings', 'FolderSync'])

/** By policy and the account's own limit, made once: every request is held against one, and every answer announces it. */
const offers = new WeakMap<Policy, Map<ProtocolVersion | null, Offer>>()

function offerOf(account: Account, policy: Policy): Offer {
  const ofPolicy = offers.get(policy) ?? new Map<ProtocolVersion | null, Offer>()
  offers.set(policy, ofPolicy)
  const known = ofPolicy.get(account.maxVersion)
  if (known !== undefined) return known
  const versions = protocolVersions.filter((version) => dialects[version].served && isOffered(policy, account, version))
  const offer = { versions, commands: announcedCommands }
  ofPolicy.set(account.maxVersion, offer)
  return offer
}

/** A device of which nothing is kept. */
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
    accessBasis: null,
    label: null,
    wipe: null,
    verifier: null,
    firstSeen: now,
    lastSeen: now,
    lastAddress: address,
    provision: unprovisioned,
  }
}

/** The device's record, brought up to date at most once a minute; null for a device that is here for the first time. */
async function sight(exchange: Exchange, house: House): Promise<Device | null> {
  const { line, principal, userAgent, address } = exchange
  const now = house.clock.now()
  if (line.device === validationDevice) return fleeting(exchange, now)
  const { devices } = house.store
  const known = await devices.find(principal.account.id, line.device)
  if (known === null) return null
  const agent = userAgent ?? known.userAgent
  // What is good for a wipe only must not take the place of what is good for the account.
  const verifier = principal.reach === 'wipe' ? known.verifier : (principal.verifier ?? known.verifier)
  const changed =
    known.version !== line.version ||
    known.type !== line.deviceType ||
    known.userAgent !== agent ||
    known.lastAddress !== address ||
    known.verifier !== verifier
  if (!changed && now - known.lastSeen < sightingSeconds * 1000) return known
  return devices.change(principal.account.id, line.device, {
    version: line.version,
    type: line.deviceType,
    userAgent: agent,
    lastAddress: address,
    lastSeen: now,
    verifier,
  })
}

/** Makes the record of a device that is here for the first time; null if its account has as many as it may. */
function enrol(exchange: Exchange, devicesMax: number | null, house: House): Promise<Device | null> {
  const { line, principal, userAgent, address } = exchange
  const { id } = principal.account
  const sighting = {
    type: line.deviceType,
    userAgent,
    version: line.version,
    address,
    at: house.clock.now(),
    verifier: principal.verifier,
  }
  if (devicesMax === null) return house.store.devices.enrol(id, line.device, sighting)
  return house.store.unit(async (unit) => {
    // Held: of two that come at once, the second counts the first.
    await unit.accounts.byId(id)
    // A wiped phone is most often followed by its successor.
    const others = (await unit.devices.list(id)).filter((device) => device.id !== line.device && device.accessBasis?.kind !== 'wiped')
    return others.length >= devicesMax ? null : unit.devices.enrol(id, line.device, sighting)
  })
}

/**
 * What the rules make of a device now; whoever comes into quarantine by them finds the message that says so. One that owes a wipe is
 * past that.
 */
async function admit(account: Account, device: Device, house: House): Promise<Device> {
  const verdict = isOwed(device.wipe) ? null : house.access.judge(device)
  if (verdict === null) return device
  const { access, basis } = verdict
  if (device.id === validationDevice) return { ...device, access, accessBasis: basis }
  if (access === 'quarantined' && device.access !== 'quarantined') await house.quarantine.admit(account, device)
  return house.store.unit(async (unit) => {
    // Somebody may have decided about the device meanwhile, or it may have been wiped: that holds, whatever the rules say.
    const now = (await unit.devices.find(account.id, device.id)) ?? device
    const decided = isOwed(now.wipe) ? null : house.access.judge(now)
    if (decided === null) return now
    house.log.info({ device: device.id, access: decided.access, basis: decided.basis.kind }, 'access decided')
    return unit.devices.change(account.id, device.id, { access: decided.access, accessBasis: decided.basis })
  })
}

/** What HTTP alone can say: there is no document for a Status. */
function refuse(exchange: Exchange, house: House, status: number, failure: FailureName, detail: string): Answer {
  const { line, principal } = exchange
  remember({ house, line, account: principal.account, device: { id: line.device } }, { failure, status, detail })
  return { status, body: null }
}

/**
 * MS-ASHTTP 3.1.5.2.2: 451 in every version, with the address of the right server. Without it (who has another address now) the client
 * begins anew with Autodiscover.
 */
function sentElsewhere({ account, reach }: Principal, { residences }: House): Answer | null {
  const place = reach === 'wipe' ? null : residences.of(account)
  if (place === null) return null
  return { status: 451, body: null, headers: place.kind === 'server' ? { 'X-MS-Location': place.origin + endpointPath } : {} }
}

/**
 * What is refused whatever the device asks: credentials that are good for a wipe only where there is none, an account that lives
 * elsewhere, and a version that is not offered.
 */
function turnedAway(exchange: Exchange, seen: Device | null, policy: Policy, house: House): Answer | null {
  const { line, principal } = exchange
  const owes = seen !== null && isOwed(seen.wipe)
  // Whoever came in for a wipe only finds nothing else, even where the wipe ended on his way.
  if (principal.reach === 'wipe' && !owes)
    return refuse(exchange, house, 403, 'AccessDenied', 'these credentials are good for a wipe only, and there is none')
  // The other server does not know of a wipe that was asked for here.
  const elsewhere = owes ? null : sentElsewhere(principal, house)
  if (elsewhere !== null) return elsewhere
  // A lost phone goes on in the version it speaks, whatever is offered by now.
  if (!(owes && dialects[line.version].served) && !offerOf(principal.account, policy).versions.includes(line.version))
    return refuse(exchange, house, 400, 'VersionNotSupported', `${line.version} is not for this account`)
  return null
}

/** Of a request that does not pass. */
const turnsOf: Readonly<Record<'provision' | 'refuse', readonly Turn[]>> = {
  provision: [{ circle: 'unprovisioned', subject: '' }],
  refuse: [{ circle: 'refused', subject: '' }],
}

/** Serves the call, in the waiting room where the device is quarantined, or refuses it: as the policy engine judges. */
async function judged(known: Command, call: Call, waitingRoom: House): Promise<Answer> {
  const { account, device, house, line, trace } = call
  const verdict = house.policy.judge(account, device, known.kind, line.policyKey, house.clock.now())
  trace.note('request', { command: known.name, version: line.version, verdict: verdict.kind })
  switch (verdict.kind) {
    case 'pass':
      return known.serve(call)
    case 'wipe':
      return known.serve({ ...call, wipe: verdict.wipe })
    case 'quarantine':
      return forWaiting.has(known.name)
        ? known.serve({ ...call, house: waitingRoom })
        : known.refuse(call, new Failure('DeviceIsBlockedForThisUser', 'the device is quarantined'))
    case 'provision':
    case 'refuse': {
      // Nothing stands between a device and its wipe.
      const turns = verdict.failure === 'RemoteWipeRequested' ? [] : turnsOf[verdict.kind]
      const away = sentAway(call, turns)
      if (away !== null) return away.answer
      await holdBack(call, turns)
      return known.refuse(call, new Failure(verdict.failure, verdict.reason))
    }
  }
}

/** The protocol over these ports. */
export function createProtocol(house: House): Protocol {
  const waitingRoom: House = { ...house, store: house.store.waitingRoom }
  return {
    offer: ({ account }) => offerOf(account, house.policy.policyFor(account)),
    elsewhere: (principal) => sentElsewhere(principal, house),

    async serve(exchange) {
      const { line, principal, body, signal, rest } = exchange
      const { account } = principal
      const dialect = dialects[line.version]
      const known = line.command === null ? null : commandNamed(line.command)
      // MS-ASCMD 2.2.2, 137 and 138; there is no document to put a Status in, so HTTP says it in every version.
      if (known === null) return refuse(exchange, house, 501, 'CommandNotSupported', line.command ?? 'a command nobody knows')
      const policy = house.policy.policyFor(account)
      const seen = await sight(exchange, house)
      const away = turnedAway(exchange, seen, policy, house)
      if (away !== null) return away
      const sighted = seen ?? (await enrol(exchange, account.devicesMax ?? policy.devicesMax, house))
      const device = sighted === null ? fleeting(exchange, house.clock.now()) : await admit(account, sighted, house)
      const trace = house.traces.of(device)
      const call: Call = { line, principal, account, device, dialect, body, house, signal, rest, trace, wipe: null }
      if (sighted === null) return known.refuse(call, new Failure('MaximumDevicesReached', 'the account has as many devices as it may'))
      if (!known.speaks(line.version)) {
        // A document of a version that does not know the command has no element for a Status (iOS 16 sends Find at 14.0).
        trace.note('failure', { failure: 'VersionNotSupported', command: known.name, version: line.version })
        return refuse(exchange, house, 501, 'VersionNotSupported', `${line.version} does not know ${known.name}`)
      }
      if (device.id === validationDevice && !forValidation.has(known.name)) {
        return known.refuse(call, new Failure('DeviceIdMissingOrInvalid', 'a device that only checks credentials'))
      }
      return judged(known, call, waitingRoom)
    },
  }
}
