// The words of a search as clients write them: words and "phrases", with as much of Keyword Query Language as they really use.

/** More words make no search sharper; each costs the index a look. */
const termsMax = 16
const termCharsMax = 256
/** What so many terms can need, with what stands between them. */
const textCharsMax = 8192

/** Property restrictions of MS-KQL that clients put before a word. The index covers all of them, so the word alone is looked for. */
const property = /^(?:subject|from|to|cc|bcc|participants|body|attachment|received|kind)[:=]/i
const operators = new Set(['AND', 'OR', '&', '+', '|'])

/**
 * The terms of `text`: each must occur. Quotation marks hold a phrase together; `subject:`, a trailing `*` (every word matches
 * as a beginning anyway) and operators between words are dropped; a term that comes again, as in `from:bob OR to:bob`, counts once.
 */
export function searchTerms(text: string): string[] {
  const terms = new Map<string, string>()
  const bare = text.slice(0, textCharsMax).replace(/[()]/g, ' ')
  for (const [whole] of bare.matchAll(/(?:[a-z]{2,12}[:=])?["“”][^"“”]*(?:["“”]|$)|[^\s"“”]+/gi)) {
    const isPhrase = /["“”]/.test(whole)
    if (!isPhrase && operators.has(whole)) continue
    const word = whole
      .replace(property, '')
      .replace(/["“”]/g, '')
      .replace(/(?<!\*)\*+$/, '')
      .trim()
      .replace(/\s+/g, ' ')
      .slice(0, termCharsMax)
    if (word !== '' && terms.size < termsMax) terms.set(word.toLowerCase(), word)
  }
  return [...terms.values()]
}
