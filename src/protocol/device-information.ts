// What a phone says of itself, by Settings or inside Provision (MS-ASCMD 2.2.3.45).
import { validationDevice, type DeviceInformation } from '../model/device.ts'
import { Settings } from '../wbxml/pages.ts'
import { container, integer, optional, text, type Infer } from '../wbxml/schema.ts'
import type { Call } from './command.ts'

const Set = container(Settings.Set, [
  optional(text(Settings.Model)),
  optional(text(Settings.IMEI)),
  optional(text(Settings.FriendlyName)),
  optional(text(Settings.OS)),
  optional(text(Settings.OSLanguage)),
  optional(text(Settings.PhoneNumber)),
  optional(text(Settings.UserAgent)),
  // Whether the phone would send text messages for the server: no server of ours asks it to.
  optional(text(Settings.EnableOutboundSMS)),
  optional(text(Settings.MobileOperator)),
])

export const DeviceInformationRequest = container(Settings.DeviceInformation, [optional(Set)])
export const DeviceInformationResponse = container(Settings.DeviceInformation, [integer(Settings.Status)])

const names = {
  Model: 'model',
  IMEI: 'imei',
  FriendlyName: 'friendlyName',
  OS: 'os',
  OSLanguage: 'osLanguage',
  PhoneNumber: 'phoneNumber',
  UserAgent: 'userAgent',
  MobileOperator: 'mobileOperator',
} as const satisfies Partial<Record<keyof Infer<typeof Set>, keyof DeviceInformation>>

/** Settings.xsd; a phone that says more is not refused for it. */
const lengthMax = 1024

/** What is known of the device once it has said this: an element left out says nothing, an empty one takes back. */
export function informed(known: DeviceInformation, said: Infer<typeof Set>): DeviceInformation {
  const information: { -readonly [Name in keyof DeviceInformation]: string } = { ...known }
  for (const [element, name] of Object.entries(names) as [keyof typeof names, keyof DeviceInformation][]) {
    const value = said[element]
    if (value === undefined) continue
    if (value === '') delete information[name]
    else information[name] = value.slice(0, lengthMax)
  }
  return information
}

/** Keeps it with the device; writes only what is new. */
export async function rememberInformation(said: Infer<typeof Set>, call: Call): Promise<void> {
  const { device, account, house } = call
  if (device.id === validationDevice) return
  const information = informed(device.information, said)
  if (JSON.stringify(information) === JSON.stringify(device.information)) return
  await house.store.devices.change(account.id, device.id, { information })
}
