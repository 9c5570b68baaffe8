// The categories of an item, both ways: as many as the specifications allow, and none lost that were never shown.
import { speakable } from '../../format/text.ts'

/** MS-ASCAL 2.2.2.12, MS-ASTASK 2.2.2.6, MS-ASEMAIL 2.2.2.17: at most 300 categories; each as long as any client shows. */
const categoriesMax = 300
const categoryCharsMax = 255

/** Trimmed, without repetitions. */
export function cleanCategories(names: readonly string[]): string[] {
  const clean = names.map((name) => name.trim().slice(0, categoryCharsMax).toWellFormed()).filter((name) => name !== '')
  return [...new Set(clean)].slice(0, categoriesMax)
}

/** The categories that an answer tells: an import may have brought more. */
export function categoriesOut(categories: readonly string[]): string[] {
  return categories.slice(0, categoriesMax).map(speakable)
}

/**
 * The categories that a client's list makes of those there were. A name that it only repeats stays as it is, and so do those it was
 * never shown, unless it takes all away.
 */
export function categoriesIn(sent: readonly string[], before: readonly string[]): readonly string[] {
  if (sent.length === 0) return []
  const told = new Map(before.slice(0, categoriesMax).map((name) => [speakable(name), name]))
  const named = sent.slice(0, categoriesMax).flatMap((name) => told.get(name) ?? cleanCategories([name]))
  return [...new Set([...named, ...before.slice(categoriesMax)])]
}
