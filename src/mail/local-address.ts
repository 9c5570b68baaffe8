// Which account an address belongs to: in any letter case, with or without a tag, with the domain in either spelling.
import { domainToASCII, domainToUnicode } from 'node:url'
import type { Account } from '../model/account.ts'
import type { Accounts } from '../store/accounts.ts'

/** RFC 5321 4.5.3.1.3: a path has at most 256 characters, angle brackets included. */
const addressLengthMax = 254

/** Local part and domain, split at the last `@`; null if either is missing. */
export function splitAddress(address: string): { readonly local: string; readonly domain: string } | null {
  const at = address.lastIndexOf('@')
  if (at < 1 || at === address.length - 1) return null
  return { local: address.slice(0, at), domain: address.slice(at + 1) }
}

/** Whether an address can stand in an SMTP command as it is: no white space, brackets, control characters, nothing overlong. */
export function isSendable(address: string): boolean {
  if (address.length > addressLengthMax || splitAddress(address) === null) return false
  // Quoted local parts may hold spaces; nobody uses them, and letting them in would open a way into the envelope.
  return /^[^\s\p{Cc}<>()[\]\\,;:"@]+@[^\s\p{Cc}<>()[\]\\,;:"@]+$/u.test(address)
}

/** Equal domains have equal keys: the ASCII form, lower case. */
export function domainKey(domain: string): string {
  const ascii = domainToASCII(domain.trim())
  return ascii === '' ? domain.trim().toLowerCase() : ascii
}

/** Equal addresses have equal keys: case folded, the domain in its ASCII form. */
export function addressKey(address: string): string {
  const parts = splitAddress(address.trim())
  return parts === null ? address.trim().toLowerCase() : `${parts.local.toLowerCase()}@${domainKey(parts.domain)}`
}

/** RFC 5233: `user+tag` belongs to `user`. */
export function withoutTag(address: string): string {
  const parts = splitAddress(address)
  const plus = parts === null ? -1 : parts.local.indexOf('+')
  return parts === null || plus < 1 ? address : `${parts.local.slice(0, plus)}@${parts.domain}`
}

/** Whether `address` is one of the account's, a tagged one included. */
export function ownsAddress(account: Account, address: string): boolean {
  const wanted = addressKey(address)
  return account.addresses.some((own) => {
    const key = addressKey(own)
    return key === wanted || key === withoutTag(wanted)
  })
}

/** The account an address belongs to; the exact address wins over the one without its tag. */
export async function accountOf(accounts: Accounts, address: string): Promise<Account | null> {
  const key = addressKey(address)
  const parts = splitAddress(key)
  if (parts === null) return null
  const spellings = new Set([key, `${parts.local}@${domainToUnicode(parts.domain)}`])
  for (const candidate of [...spellings, ...[...spellings].map(withoutTag)]) {
    const account = await accounts.byAddress(candidate)
    if (account !== null) return account
  }
  return null
}
