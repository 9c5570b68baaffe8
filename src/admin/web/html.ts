// Html that is safe by construction: what goes into a template is escaped, unless it was made by a template itself.
import { html as escaped } from 'ghtml'

/** A piece of html. Only `html` makes one, so no text of a phone can pass for it. */
export class Html {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  static join(literals: readonly string[], parts: readonly Part[]): Html {
    return new Html(literals.map((literal, at) => (at === 0 ? literal : textOf(parts[at - 1]) + literal)).join(''))
  }

  toString(): string {
    return this.#text
  }
}

/** What a template may hold: text and numbers are escaped, nothing stands for `false`, null and undefined. */
export type Part = Html | string | number | false | null | undefined | readonly Part[]

function textOf(part: Part): string {
  if (part instanceof Html) return part.toString()
  if (typeof part === 'string' || typeof part === 'number') return escaped`${part}`
  return part === false || part === null || part === undefined ? '' : part.map(textOf).join('')
}

/** The template tag. Values of attributes stand in quotes. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return Html.join(literals, parts)
}

/** Whether there is anything to show. */
export function isEmpty(part: Part): boolean {
  return textOf(part) === ''
}
