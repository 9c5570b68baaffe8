// Opens what an administrator's actions work with, whether a server runs or the shell works on a stopped one.
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createBasicRule } from '../auth/basic-rule.ts'
import { roleOf } from '../auth/people.ts'
import type { Vault } from '../auth/vault.ts'
import type { Config } from '../config.ts'
import type { Directory } from '../directory/directory.ts'
import type { CertificateKeeper } from '../enroll/certificate-keeper.ts'
import { openCertificateDesk } from '../enroll/open-desk.ts'
import { openEnrolment } from '../enroll/open-enrolment.ts'
import { listOrigin } from '../enroll/public-origin.ts'
import type { Delivery } from '../mail/delivery.ts'
import { createNotices } from '../mail/notice.ts'
import type { Clock } from '../model/clock.ts'
import { zonesBy } from '../settings/calendar.ts'
import { openAccessBook } from '../policy/access-book.ts'
import { configuredPolicy } from '../policy/configured-policy.ts'
import { createDevicePasswords } from '../policy/device-passwords.ts'
import { openPolicyBook } from '../policy/policy-book.ts'
import { createQuarantine } from '../policy/quarantine.ts'
import { createWipeDesk } from '../policy/wipe-desk.ts'
import type { Store } from '../store/store.ts'
import { storeName } from './backup.ts'
import { refusing } from './certificates.ts'
import type { AdminHouse } from './house.ts'

export interface HouseOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly vault: Vault
  readonly delivery: Delivery
  readonly directory: Pick<Directory, 'health'>
  /** Whom notices come from. */
  readonly hostName: string
  /** The server's own certificate: profiles are signed with it. */
  readonly keeper: () => Promise<Pick<CertificateKeeper, 'current' | 'authority'>>
  /** How phones reach the server, as far as that is known now: `https://mail.example.com`. */
  readonly origin: () => string
  /** Told that a notice waits in the queue. */
  readonly kick: () => void
}

/** The part of the house that is the same everywhere; the rest is what only a running server has. */
export type FurnishedHouse = Omit<
  AdminHouse,
  'traces' | 'alarms' | 'sprayings' | 'failures' | 'vitals' | 'directory' | 'changed' | 'rouse' | 'isParked'
>

/** Opens the books and desks over the store. Throws RangeError where the configured policy asks for what no phone accepts. */
export async function openHouse(config: Config, options: HouseOptions): Promise<FurnishedHouse> {
  const { store, clock, log, vault, delivery, hostName, kick } = options
  const now = () => clock.now()
  const notices = createNotices({
    delivery,
    outbox: store.outbox,
    hostName,
    now,
    kick,
    failed: (error) => log.error({ err: error }, 'a notice could not be sent'),
  })
  // Keys that cannot be opened stop the start with the sentence that says which backup is wanted.
  const certificates = await refusing(
    openCertificateDesk({
      store,
      vault,
      clock,
      dataFolder: config.data,
      name: `Easel clients ${hostName}`,
      automatic: config.ca.automatic,
      days: config.ca.days,
      listHours: config.ca.listHours,
      listOrigin: listOrigin(config, hostName),
    }),
  )
  return {
    store,
    clock,
    notices,
    dataFolder: config.data,
    certificates,
    enrolment: openEnrolment(config, { store, clock, log, certificates, keeper: options.keeper, origin: options.origin }),
    policies: await openPolicyBook(store.policies, configuredPolicy(config)),
    access: await openAccessBook(store.access),
    wipes: createWipeDesk({ store, now, verifierDays: config.wipe.verifierDays }),
    devicePasswords: createDevicePasswords(store, vault, now),
    quarantine: createQuarantine({ store, notices, administrators: config.admin.notify, hostName, now }),
    rules: { wipesPerHour: config.wipe.perHour, wipeApproval: config.wipe.approval, notify: config.admin.notify },
    outsideAnswers: config.absence.outside,
    takesCertificates: config.certificates.mode !== 'off',
    basicUse: createBasicRule(config.login).of,
    zoneOf: zonesBy(config.calendar),
    roleOf: (account) => roleOf(config.admin, account),
    aboutBook: async () => (await options.directory.health()).sentence,
  }
}

/** Which database the configuration names; `connections` null for as many as a server has. */
export function databaseOf({ database, data }: Config, connections: number | null = null) {
  if (database === null) return { kind: 'sqlite', path: join(data, storeName) } as const
  return { kind: 'postgres', url: database.reveal(), ...(connections === null ? {} : { connections }) } as const
}
