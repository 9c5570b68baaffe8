// How text is made comparable, on this side of the database so that every database agrees.

/** Characters of one item that are searchable: a trigram index costs about as many entries. */
const searchableMax = 65_536
/** Words of one search; each costs an index lookup. */
const wordsMax = 20
/** Characters of one word: LIKE patterns and index phrases have limits of their own. */
const wordMax = 256

/** Letters without their case and marks, white space folded to single spaces; no NUL, which PostgreSQL's text does not know. */
function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll('\u0000', '').toLowerCase().replaceAll(/\s+/gu, ' ').trim()
}

/** The searchable text of an item. Its parts stay apart: no phrase reaches from one into the next. */
export function searchable(...parts: readonly string[]): string {
  return parts
    .map((part) => folded(part.slice(0, searchableMax)))
    .join('\n')
    .slice(0, searchableMax)
    .toWellFormed()
}

/** The words to look for, each once; what folds to nothing is contained in everything. */
export function searchWords(text: readonly string[]): readonly string[] {
  const words = text.map((word) => folded(word.slice(0, wordMax)).toWellFormed()).filter((word) => word !== '')
  return [...new Set(words)].slice(0, wordsMax)
}

/** What two sibling folders must not share: the name without its case, its marks kept. */
export function folderNameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFC').trim()
}
