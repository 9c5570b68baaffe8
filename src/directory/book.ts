// What every address book does alike: whose domain is whose, the order of names, and a part of what was found.
import type { DirectoryEntry, DirectoryPage, DirectoryRange } from './directory.ts'

/** How an address book is searched, whatever it is kept in. */
export interface BookRules {
  /** A shorter text finds nobody. */
  readonly lettersMin: number
  /** No search finds more. */
  readonly foundMax: number
  /** Whether people see only those of their own domain. */
  readonly separateDomains: boolean
}

/** More words than anybody's name has. */
const wordsMax = 8
const lettersMax = 256

const collator = new Intl.Collator('en', { sensitivity: 'base', numeric: true })

/** The part behind the @; empty where there is none. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

/** What is to be searched for, word by word; null for a text that finds nobody. */
export function wordsOf(text: string, { lettersMin }: BookRules): readonly string[] | null {
  // What is not to be seen is left out: servers do so too (RFC 4518 2.2), and would find everybody by nothing. Active Directory passes
  // over accents besides: those alone are no letters.
  const words = text
    .slice(0, lettersMax)
    .replaceAll(/[\p{C}\u1806\ufffc]/gu, ' ')
    .trim()
    .split(/[\s,;]+/)
    .filter((word) => /\P{M}/u.test(word))
  if (words.join('').replaceAll(/\p{M}/gu, '').length < lettersMin) return null
  return words.slice(0, wordsMax)
}

/** Whether somebody with this address is shown an entry. */
export function isShown(entry: DirectoryEntry, asker: string, { separateDomains }: BookRules): boolean {
  return !separateDomains || (entry.address !== null && domainOf(entry.address) === domainOf(asker))
}

/** Entries in the order of their names. */
export function inOrder(entries: readonly DirectoryEntry[]): DirectoryEntry[] {
  return entries.toSorted((one, other) => collator.compare(one.displayName, other.displayName) || (one.id < other.id ? -1 : 1))
}

/** The part of them that was asked for. */
export function pageOf(entries: readonly DirectoryEntry[], { from, to }: DirectoryRange): DirectoryPage {
  return { entries: entries.slice(from, to + 1), total: entries.length }
}
