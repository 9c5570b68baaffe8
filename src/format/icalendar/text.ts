// Values of type TEXT (RFC 5545 3.3.11), and lists of them.

/** The text of a value. Backslashes of people who did not know that one means something stay. */
export function textOf(value: string): string {
  return value.replace(/\\([nN\\;,:"])/g, (_, letter: string) => (letter === 'n' || letter === 'N' ? '\n' : letter))
}

/** The value that says a text. */
export function textValue(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r\n?|\n/g, '\\n')
}

/** The texts of a value that is a list. */
export function textsOf(value: string): string[] {
  return partsOf(value, ',').map(textOf)
}

/** The parts of a value between separators that no backslash takes the meaning from. */
export function partsOf(value: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < value.length; at++) {
    if (value[at] === '\\') at += 1
    else if (value[at] === separator) {
      parts.push(value.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, value.slice(start)]
}
