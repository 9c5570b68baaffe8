// Actions on the access of one device, whatever the rules say of it.
import { deviceName, type AccessBasis } from '../model/device.ts'
import { judgeAccess } from '../policy/access-book.ts'
import { helpers, writing } from './action.ts'
import { changeDevice } from './devices.ts'
import { Refusal, type Desk } from './house.ts'
import { deviceChoice, deviceNamed, deviceTarget } from './lookup.ts'

const individual = ({ actor, clock }: Desk): AccessBasis => ({ kind: 'individual', by: actor.name, at: clock.now() })

/** A personal exemption: no rule keeps the device out, a released one goes on without help. */
export const allowDevice = writing(
  {
    input: deviceChoice,
    about: 'Lets one device in whatever the rules say; releases it from quarantine, from a block, and after a wipe.',
    roles: helpers,
    target: deviceTarget,
  },
  (house, choice) => changeDevice(house, choice, (desk) => ({ access: 'allowed', accessBasis: individual(desk) })),
)

export const blockDevice = writing(
  { input: deviceChoice, about: 'Keeps one device out whatever the rules say.', roles: helpers, target: deviceTarget },
  (house, choice) => changeDevice(house, choice, (desk) => ({ access: 'blocked', accessBasis: individual(desk) })),
)

/** The device syncs on, and is shown nothing but the message that says so. */
export const quarantineDevice = writing(
  {
    input: deviceChoice,
    about: 'Quarantines one device whatever the rules say: it is shown a message that explains it, and nothing of the mailbox.',
    roles: helpers,
    target: deviceTarget,
  },
  async (house, choice) => {
    const { account, device } = await deviceNamed(house, choice)
    await house.quarantine.admit(account, device)
    return changeDevice(house, choice, (desk) => ({ access: 'quarantined', accessBasis: individual(desk) }))
  },
)

/** The device's next request is judged by the rules again. */
export const judgeDevice = writing(
  {
    input: deviceChoice,
    about: 'Takes an individual decision back: the rules decide about the device again.',
    roles: helpers,
    target: deviceTarget,
  },
  async (house, choice) => {
    const { device } = await deviceNamed(house, choice)
    if (device.accessBasis?.kind === 'wiped') throw new Refusal(`${deviceName(device)} was wiped: it stays out until it is allowed.`)
    const { access, basis } = judgeAccess(house.access.rules, device)
    // Quarantine begins at the device's next request, with its message.
    return changeDevice(house, choice, () => ({
      access: access === 'quarantined' ? 'allowed' : access,
      accessBasis: access === 'quarantined' ? null : basis,
    }))
  },
)
