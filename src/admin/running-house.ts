// The administrator's house where a server runs: with what waits, what went wrong, and how the server fares.
import type { WatchedRevocations } from '../auth/chain/revocations.ts'
import type { FrontDesk } from '../auth/front-desk.ts'
import type { Sprayings } from '../auth/spraying.ts'
import type { Failures } from '../protocol/failure-book.ts'
import type { TraceBook } from '../protocol/trace.ts'
import type { Alarms } from '../sync/alarms.ts'
import type { Parking } from '../sync/park.ts'
import type { AdminHouse, DirectoryDesk } from './house.ts'
import type { Minutes } from './minutes.ts'
import type { Mirror } from './mirror.ts'
import type { FurnishedHouse } from './open-house.ts'
import type { AuditSeen, Vitals } from './vitals.ts'

export interface RunningParts {
  readonly house: FurnishedHouse
  readonly minutes: Minutes
  readonly mirror: Mirror
  readonly traces: TraceBook
  readonly parking: Parking
  readonly alarms: Alarms
  readonly sprayings: Sprayings
  readonly failures: Failures
  readonly desk: FrontDesk
  readonly directoryDesk: DirectoryDesk | null
  readonly certificateUntil: Vitals['certificateUntil']
  readonly revocations: Pick<WatchedRevocations, 'troubles'>
  readonly clients: { readonly configured: Vitals['authorities'] } | null
}

/** What people call the entrances. */
const titles = { https: 'HTTPS', http: 'HTTP', admin: 'console', lmtp: 'LMTP', metrics: 'metrics', lists: 'revocation list' } as const

export interface RunningHouse {
  readonly admin: AdminHouse
  /** Told of each entrance; `port` null where it does not listen. */
  readonly opened: (name: keyof typeof titles, address: string, port: number | null) => void
  /** Told of each look at the audit log. */
  readonly sawAudit: (seen: AuditSeen) => void
}

/** The house, and whom to tell of what is opened and seen after it was built. */
export function runningHouse(parts: RunningParts): RunningHouse {
  const {
    house,
    minutes,
    mirror,
    traces,
    parking,
    alarms,
    sprayings,
    failures,
    desk,
    directoryDesk,
    certificateUntil,
    revocations,
    clients,
  } = parts
  const listening: Vitals['listening'][number][] = []
  let auditSeen: AuditSeen | null = null
  const since = house.clock.now()
  house.certificates.watch({
    revoked: ({ account }) => {
      desk.forget(account)
      // Whichever device came in by it: those that did not are back at once.
      parking.evict(account, null)
    },
  })
  return {
    admin: {
      ...house,
      traces,
      alarms,
      sprayings,
      failures,
      directory: directoryDesk,
      vitals: {
        since,
        minutes,
        mirror,
        listening,
        certificateUntil,
        authorities: clients?.configured ?? [],
        revocationTroubles: () => revocations.troubles(),
        parked: () => parking.parked,
        auditSeen: () => auditSeen,
      },
      changed: (account, device) => {
        // A device's record is read with every request. To prove every password anew takes minutes where thousands are concerned.
        if (device === null) desk.forget(account.id)
        parking.evict(account.id, device)
      },
      rouse: (account, device, afterSeconds) => parking.evict(account.id, device, afterSeconds),
      isParked: (account, device) => parking.isParked(account.id, device),
    },
    opened: (name, address, port) => {
      if (port !== null) listening.push({ name: titles[name], address, port })
    },
    sawAudit: (seen) => {
      auditSeen = seen
    },
  }
}
