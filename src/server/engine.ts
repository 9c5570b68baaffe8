// Puts together what answers phones, and whom it asks.
import { randomBytes } from 'node:crypto'
import { openHouse } from '../admin/open-house.ts'
import { openVault } from '../auth/vault.ts'
import type { Config } from '../config.ts'
import { Peers } from '../http/peers.ts'
import { createPolicyEngine } from '../policy/policy-engine.ts'
import { FailureBook } from '../protocol/failure-book.ts'
import { limitsOf } from '../protocol/limits.ts'
import { LookUps } from '../protocol/look-ups.ts'
import { createProtocol } from '../protocol/run.ts'
import { openFrontDesk } from './login.ts'
import { openDirectoryLogin, tellAdministrators } from './directory.ts'
import { openClientDoor } from './certificates.ts'
import { openResidences } from './residences.ts'
import { openSprayWatch } from './spraying.ts'
import { AlarmBook } from '../sync/alarms.ts'
import { Heartbeats } from '../sync/heartbeat.ts'
import { Pace } from '../sync/pace.ts'
import { createParking } from '../sync/park.ts'
import { QuietLooks } from '../sync/quiet.ts'
import type { Ground, Mail } from './ground.ts'

export type Engine = Awaited<ReturnType<typeof openEngine>>

/** What answers phones, and whom it asks. */
export async function openEngine(config: Config, ground: Ground, { delivery, outbound }: Mail) {
  const { store, directory, revocations, mailTrust, clock, log, metrics, traces, names, hostName, certificate, reached } = ground
  const kick = () => outbound.kick()
  const vault = await openVault(config.data)
  const origin = () => reached.origin()
  const house = await openHouse(config, {
    store,
    clock,
    log,
    vault,
    delivery,
    directory,
    hostName,
    keeper: () => Promise.resolve(certificate.keeper),
    origin,
    kick,
  })
  const { access, wipes, quarantine, devicePasswords } = house
  const parking = createParking(store.notifier, clock)
  const alarms = new AlarmBook({ clock, log, metrics })
  const failures = new FailureBook(clock, metrics)
  const residences = openResidences(config, names)
  const protocol = createProtocol({
    store,
    directory,
    lookUps: new LookUps(clock, config.protocol.addressBookPerMinute),
    mailTrust,
    residences,
    clock,
    log,
    metrics,
    failures,
    access,
    wipes,
    quarantine,
    devicePasswords,
    traces,
    parking,
    policy: createPolicyEngine({ store, book: house.policies, random: randomBytes }),
    submitter: { kick },
    heartbeats: new Heartbeats(),
    pace: new Pace(alarms, config.protocol.brake),
    quietLooks: new QuietLooks(),
    limits: limitsOf(config),
    zoneOf: house.zoneOf,
    // Domains that are kept apart in the address book are so in calendars.
    freeBusy: config.calendar.freeBusy === 'everybody' && config.directory.separateDomains ? 'domain' : config.calendar.freeBusy,
    outsideAnswers: house.outsideAnswers,
  })
  const peers = new Peers(config.trustedProxies, config.proxyHops)
  const login = openDirectoryLogin(config, { store, directory, clock, log })
  const { passwords } = login
  const clients = openClientDoor(config, { store, roster: passwords, clock, log, peers, own: house.certificates, revocations })
  const sprayings = openSprayWatch(config, { audit: store.audit, clock, log, metrics, notices: house.notices })
  const desk = openFrontDesk(config, { store, clock, log, passwords, watch: sprayings, certificate: clients?.authenticator ?? null })
  const directoryDesk = login.desk({
    changed: (account) => {
      desk.forget(account.id)
      parking.evict(account.id, null)
    },
    regrouped: (account) => parking.evict(account.id, null),
    alarmed: tellAdministrators(house.notices, config.admin.notify, clock),
  })
  return { vault, house, parking, alarms, sprayings, failures, protocol, residences, peers, clients, desk, directoryDesk }
}
