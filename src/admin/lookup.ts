// Finding what an administrator names: an account by its address, a device by its id, with inputs checked at this border.
import { z } from 'zod'
import type { Account } from '../model/account.ts'
import type { Device } from '../model/device.ts'
import type { AccountId } from '../model/id.ts'
import type { Store } from '../store/store.ts'
import { NotThere, Refusal, type AdminHouse } from './house.ts'

/** RFC 5321 4.5.3.1.3 allows a path of 256 octets with its brackets. */
const addressCharactersMax = 254

/** An address as we keep it: lower case. Whether it can receive mail is for the directory of addresses to know. */
export const addressInput = z
  .string()
  .trim()
  .max(addressCharactersMax, 'an address has at most 254 characters')
  .regex(/^[^\s\p{Cc}\p{Cs}@<>"(),:;[\]\\]+@[^\s\p{Cc}\p{Cs}@<>"(),:;[\]\\]+$/u, 'an address looks like name@example.com')
  .transform((text) => text.toLowerCase())

/** A device as MS-ASHTTP 2.2.1.1.1.1.4 lets it name itself. */
export const deviceInput = z
  .string()
  .trim()
  .regex(/^[0-9A-Za-z_.-]{1,64}$/, 'a device id has 1 to 64 letters and digits')

/** Text that a terminal and every database can take. */
export function lineInput(charactersMax: number) {
  return z
    .string()
    .trim()
    .max(charactersMax, `there are at most ${charactersMax} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'there must be no control characters in it')
}

/** What people call a device. */
export const labelInput = lineInput(100).min(1, 'there must be a character in it')

/** A device together with the account it is of, as one text: the audit log's target. */
export const deviceTarget = ({ device, account }: { readonly device: string; readonly account?: string | undefined }) =>
  account === undefined ? device : `${device} of ${account}`

/** Which device: by its id, and by its account where several accounts use one phone. */
export const deviceChoice = z.object({ device: deviceInput, account: addressInput.optional() })

/** Refuses an address nobody has. */
export async function accountAt(house: AdminHouse, address: string): Promise<Account> {
  const account = await house.store.accounts.byAddress(address)
  if (account === null) throw new NotThere(`There is no account ${address}.`)
  return account
}

/** Refuses a device nobody has, and one that several accounts have when none of them is named. */
export async function deviceNamed(house: AdminHouse, choice: z.output<typeof deviceChoice>): Promise<OwnedDevice> {
  const account = choice.account === undefined ? null : await accountAt(house, choice.account)
  const devices = await house.store.devices.list(account?.id ?? null)
  // Phones change the case of their id between versions of the protocol; people copy it from anywhere. The very id comes first: nobody
  // puts a device out of reach by enrolling its name in other letters.
  const alike = devices.filter(({ id }) => id.toLowerCase() === choice.device.toLowerCase())
  const exact = alike.filter(({ id }) => id === choice.device)
  const [device, second] = exact.length > 0 ? exact : alike
  if (device === undefined) throw new NotThere(`There is no device ${choice.device}${account === null ? '' : ` of ${account.address}`}.`)
  if (second !== undefined && account !== null)
    throw new Refusal(
      `${account.address} has several devices ${choice.device}; write the id in its own letters: ${alike.map(({ id }) => id).join(', ')}.`,
    )
  if (second !== undefined) throw new Refusal(`Several accounts use the device ${choice.device}; name one with --account.`)
  const owner = account ?? (await house.store.accounts.byId(device.account))
  if (owner === null) throw new Refusal(`The account of the device ${choice.device} is gone.`)
  return { account: owner, device }
}

/** A device with whose it is. */
export interface OwnedDevice {
  readonly account: Account
  readonly device: Device
}

/** The devices of one account, or all of them, in two queries however many there are. */
export async function ownedDevices(
  { accounts, devices }: Pick<Store, 'accounts' | 'devices'>,
  owner: Account | null = null,
): Promise<OwnedDevice[]> {
  const known = new Map((owner === null ? await accounts.list() : [owner]).map((account) => [account.id, account]))
  return (await devices.list(owner?.id ?? null)).flatMap((device) => {
    const account = known.get(device.account)
    return account === undefined ? [] : [{ account, device }]
  })
}

/** The addresses of these few accounts; an account that is gone by its id. */
export async function addressesOf({ accounts }: Pick<Store, 'accounts'>, ids: Iterable<AccountId>): Promise<(id: AccountId) => string> {
  const found = await Promise.all(Array.from(new Set(ids), async (id) => [id, (await accounts.byId(id))?.address] as const))
  const addresses = new Map(found)
  return (id) => addresses.get(id) ?? id
}
