// How text stands in the value of a property: escaped, in parts, in lists (RFC 6350 3.4, RFC 2426 4).

/** Text as a value: nothing in it divides anything. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\;,]/g, (letter) => `\\${letter}`).replaceAll(/\r\n?|\n/g, '\\n')
}

/** The text of a value. Escapes that nobody asked for (`http\://`) are undone too. */
export function unescaped(value: string): string {
  if (!value.includes('\\')) return value
  return value.replaceAll(/\\([\s\S])/g, (_, letter: string) => (letter === 'n' || letter === 'N' ? '\n' : letter))
}

/** The parts of a value, as they stand there: divided where the divider is not escaped. */
export function divided(value: string, divider: ',' | ';'): string[] {
  if (!value.includes('\\')) return value.split(divider)
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < value.length; at++) {
    if (value[at] === '\\') at += 1
    else if (value[at] === divider) {
      parts.push(value.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, value.slice(from)]
}

/** The texts of a list, without empty ones. */
export function listOf(value: string): string[] {
  return divided(value, ',')
    .map(unescaped)
    .filter((part) => part.trim() !== '')
}

/** The components of a structured value, each a list of texts (RFC 6350 6.2.2 and 6.3.1); empty texts are left out. */
export function componentsOf(value: string): string[][] {
  return divided(value, ';').map(listOf)
}
