// Elements that a request names without content, of pages that share names: what it knows (Supported), what it wants (Schema).
import { allTags, type Tag } from '../wbxml/pages.ts'
import { as, flag } from '../wbxml/schema.ts'

/** An element with its page, as both are told apart: `Tasks:Subject`. */
export const nameOf = ({ namespace, name }: Pick<Tag, 'namespace' | 'name'>) => `${namespace}:${name}`

/** One flag for each element of these pages, under its name with the page. */
export function flagsOf(...pages: readonly string[]) {
  return allTags()
    .filter(({ namespace }) => pages.includes(namespace))
    .map((tag) => as(nameOf(tag), flag(tag)))
}

/** The names that such flags were read with. */
export function namesIn(flags: Readonly<Record<string, unknown>> | null | undefined): string[] {
  return Object.entries(flags ?? {}).flatMap(([name, isNamed]) => (isNamed === true ? [name] : []))
}
