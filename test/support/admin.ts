// The house of the administrator's actions over a store, as the server puts it together, without a server.
import { pino } from 'pino'
import type { Account } from '../../src/model/account.ts'
import type { Actor } from '../../src/model/actor.ts'
import { actions, type ActionInput, type ActionName, type ActionOutput } from '../../src/admin/actions.ts'
import type { AdminHouse } from '../../src/admin/house.ts'
import { perform } from '../../src/admin/perform.ts'
import type { Policy } from '../../src/model/policy.ts'
import { openAccessBook } from '../../src/policy/access-book.ts'
import { noSprayings } from '../../src/auth/spraying.ts'
import { createVault } from '../../src/auth/vault.ts'
import { keepCertificate } from '../../src/enroll/certificate-keeper.ts'
import { createEnrolmentDesk } from '../../src/enroll/enrolment-desk.ts'
import { openCertificateDesk } from '../../src/enroll/open-desk.ts'
import { createDevicePasswords } from '../../src/policy/device-passwords.ts'
import { openPolicyBook } from '../../src/policy/policy-book.ts'
import { createWipeDesk } from '../../src/policy/wipe-desk.ts'
import { systemClock } from '../../src/model/clock.ts'
import { noFailures } from '../../src/protocol/failure-book.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import { noAlarms } from '../../src/sync/alarms.ts'

/** A policy of nothing: devices are not asked to provision. */
export const noPolicy: Policy = {
  name: 'default',
  rank: 0,
  groups: [],
  syncEnabled: true,
  minVersion: null,
  maxVersion: null,
  devicesMax: null,
  provisions: false,
  allowNonProvisionable: true,
  refreshHours: null,
  rules: {},
}

/** Everything but the ports that are given has its small real implementation; notices go nowhere. */
export async function adminHouse(given: Pick<AdminHouse, 'store' | 'traces' | 'dataFolder'> & Partial<AdminHouse>): Promise<AdminHouse> {
  const { store, clock = systemClock } = given
  const certificates = await openCertificateDesk({
    store,
    vault: createVault(new Uint8Array(32)),
    clock,
    dataFolder: given.dataFolder,
    name: 'Easel clients test',
    automatic: false,
    days: 397,
    listHours: 24,
    listOrigin: 'https://mail.example.com',
  })
  return {
    clock,
    certificates,
    enrolment: createEnrolmentDesk({
      store,
      clock,
      log: pino({ level: 'silent' }),
      certificates,
      keeper: () => keepCertificate({ dataFolder: given.dataFolder, files: null, names: ['mail.example.com'], clock }),
      origin: () => 'https://mail.example.com',
      rules: {
        kinds: ['password', 'certificate', 'scep'],
        bringsAuthority: false,
        makesAuthority: false,
        linkHours: 24,
        asksPassword: false,
        oauth: { signInUrl: null, tokenUrl: null },
        account: { organization: null, pastDays: 7, preventMove: false, keepRecents: false, smime: 'off' },
      },
    }),
    policies: await openPolicyBook(store.policies, noPolicy),
    access: await openAccessBook(store.access),
    wipes: createWipeDesk({ store, now: () => clock.now(), verifierDays: 90 }),
    devicePasswords: createDevicePasswords(store, createVault(new Uint8Array(32)), () => clock.now()),
    quarantine: { admit: () => Promise.resolve() },
    notices: { send: () => Promise.resolve() },
    rules: { wipesPerHour: 10, wipeApproval: false, notify: [] },
    alarms: noAlarms,
    sprayings: noSprayings,
    failures: noFailures,
    vitals: null,
    directory: null,
    aboutBook: () => Promise.resolve('the accounts of this server are its directory'),
    changed: () => undefined,
    rouse: () => undefined,
    isParked: () => false,
    takesCertificates: false,
    outsideAnswers: 'everybody',
    zoneOf: ({ timeZone }) => timeZone ?? ('Europe/Berlin' as ZoneId),
    basicUse: () => 'on',
    roleOf: () => 'user',
    ...given,
  }
}

/** An action of somebody on a running server, the way the console and REST take. */
export async function act<Name extends ActionName>(
  house: AdminHouse,
  name: Name,
  input: ActionInput<Name>,
  actor: Actor = actorOf('administrator'),
): Promise<ActionOutput<Name>> {
  return (await perform(house, actor, name, actions[name], input)) as ActionOutput<Name>
}

/** Somebody at the console. */
export function actorOf(role: Actor['role'], account: Account | null = null): Actor {
  return { name: account?.address ?? `the ${role}`, role, account: account?.id ?? null, via: 'console', address: '192.0.2.9' }
}
