// Whom a recipient as the user typed him may mean.
import type { DirectoryEntry } from '../../../directory/directory.ts'
import type { Item } from '../../../model/item.ts'
import type { Call } from '../../command.ts'
import { findPeople, peopleMax } from '../../people.ts'
import { contactsLike, type ContactMatch } from './contact-matches.ts'

/** An entry that mail can be sent to. */
export interface Match {
  /** MS-ASCMD 2.2.3.186.5: 1 of the address book, 2 of the user's contacts. */
  readonly type: 1 | 2
  readonly entry: DirectoryEntry
  readonly address: string
  /** The contact itself, where it is one. */
  readonly contact: Item | null
}

export interface Matches {
  /** `suggestions`: the user has to choose, even where there is only one. */
  readonly kind: 'nobody' | 'one' | 'suggestions'
  readonly shown: readonly Match[]
  readonly total: number
}

/** So many are looked at for somebody with exactly this address, however few suggestions are wanted. */
const looked = 20

/** A contact as the address book would show it. */
function ofContact({ item, displayName, address }: ContactMatch): Match {
  const unknown = { firstName: null, lastName: null, alias: null, title: null, company: null, office: null }
  const entry: DirectoryEntry = {
    id: item.id,
    kind: 'person',
    displayName,
    address,
    ...unknown,
    phone: null,
    homePhone: null,
    mobilePhone: null,
  }
  return { type: 2, entry, address, contact: item }
}

/**
 * Whom `text` means, with at most `suggestionsMax` suggestions where that is not certain: the address book first, then the user's
 * contacts, but those whose address stood in the address book already.
 */
export async function matchesOf(text: string, suggestionsMax: number, call: Call): Promise<Matches> {
  const wanted = Math.min(Math.max(suggestionsMax, looked), peopleMax)
  const { entries, total } = await findPeople(text, { from: 0, to: wanted - 1 }, call)
  const people = entries.flatMap((entry): Match[] =>
    entry.address === null ? [] : [{ type: 1, entry, address: entry.address, contact: null }],
  )
  const known = new Set(people.map(({ address }) => address))
  const mailbox = await call.house.store.mailbox(call.account.id)
  const contacts = (await contactsLike(text.trim(), mailbox)).filter(({ address }) => !known.has(address)).map(ofContact)
  const found = [...people, ...contacts.slice(0, wanted)]
  return weighed(text.trim().toLowerCase(), found, total - (entries.length - people.length) + contacts.length, suggestionsMax)
}

function weighed(text: string, found: readonly Match[], total: number, suggestionsMax: number): Matches {
  const [exact, ...twins] = found.filter(({ address }) => address === text)
  if (exact !== undefined && twins.length === 0) return { kind: 'one', shown: [exact], total: 1 }
  const [only] = found
  if (only === undefined) return { kind: 'nobody', shown: [], total: 0 }
  // An address that is the beginning of somebody's is not his: the user may have mistyped it, and would encrypt for a stranger.
  const isBeginning = text.includes('@') && only.address.startsWith(text)
  if (total === 1 && !isBeginning) return { kind: 'one', shown: [only], total }
  return { kind: 'suggestions', shown: found.slice(0, suggestionsMax), total }
}
