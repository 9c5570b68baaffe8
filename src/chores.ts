// What a running server does now and then, unasked.
import type { Logger } from 'pino'
import type { DirectoryDesk } from './admin/house.ts'
import type { AuditSeen } from './admin/vitals.ts'
import { farSeconds } from './auth/own-certificates.ts'
import type { CertificateDesk } from './enroll/certificate-desk.ts'
import { DirectoryUnavailable } from './directory/directory.ts'
import type { Clock } from './model/clock.ts'
import type { ClientDoor } from './server/certificates.ts'
import type { Store } from './store/store.ts'
import type { AlarmBook } from './sync/alarms.ts'

export interface ChoreParts {
  readonly clock: Clock
  readonly log: Logger
  readonly store: Store
  readonly certificates: CertificateDesk
  readonly alarms: AlarmBook
  readonly directoryDesk: DirectoryDesk | null
  /** Null where client certificates are no login. */
  readonly clients: Pick<ClientDoor, 'sweep'> | null
  /** Told of each look at the audit log. */
  readonly sawAudit: (seen: AuditSeen) => void
}

const tidySeconds = 3600
const listSeconds = 600
/** Where no authority of ours has issued anything there is nothing to look for. */
const idleSeconds = 600
const calmSeconds = 60
/** With the half minute that a verdict stays fresh this is less than the minute that docs/certificates.md promises. */
const clientSeconds = 20
const auditSeconds = 6 * 3600

/** Does the chores until it is told to end; ends once the one that is under way is done. */
export function startChores({
  clock,
  log,
  store,
  certificates,
  alarms,
  directoryDesk,
  clients,
  sawAudit,
}: ChoreParts): () => Promise<void> {
  const stop = new AbortController()
  const repeat = (what: string, seconds: number | (() => number), work: () => Promise<void>) =>
    repeatedly(clock, typeof seconds === 'number' ? () => seconds : seconds, stop.signal, () =>
      work().catch((error: unknown) => log.error({ err: error }, `${what} failed`)),
    )
  const lookSeconds = () => (certificates.issuers().length === 0 ? idleSeconds : farSeconds)
  const loops = [
    repeat('tidying the store', tidySeconds, () => store.tidy(clock.now())),
    repeat('looking for certificates revoked elsewhere', lookSeconds, () => certificates.look()),
    repeat('signing lists of revoked certificates', listSeconds, () => certificates.renewLists()),
    repeat('looking after alarms', calmSeconds, () => Promise.resolve(alarms.sweep())),
    repeat('reading through the audit log', auditSeconds, async () => {
      const broken = await store.audit.verify()
      sawAudit({ at: clock.now(), broken })
      if (broken !== null) log.error({ ...broken }, 'the audit log is broken')
    }),
    ...(clients === null ? [] : [repeat('looking after client certificates', clientSeconds, () => clients.sweep())]),
    ...(directoryDesk === null
      ? []
      : [repeat('reading the directory', directoryDesk.pollSeconds, () => look(directoryDesk, log, stop.signal))]),
  ]
  if (directoryDesk !== null) loops.push(look(directoryDesk, log, stop.signal))
  return async () => {
    stop.abort()
    await Promise.all(loops)
  }
}

async function look({ sync }: DirectoryDesk, log: Logger, signal: AbortSignal): Promise<void> {
  try {
    await sync(false)
  } catch (error) {
    if (signal.aborted) return
    if (error instanceof DirectoryUnavailable) log.warn({ why: error.message }, 'the directory could not be read')
    else log.error({ err: error }, 'reading the directory failed')
  }
}

/** What went wrong is tried again the next time. */
async function repeatedly(clock: Clock, seconds: () => number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    const isOver = await clock.after(seconds(), signal).then(
      () => false,
      () => true,
    )
    if (isOver) return
    await work()
  }
}
