// format=flowed (RFC 3676): lines that were broken to fit a terminal, joined again.

interface Line {
  readonly quotes: number
  readonly text: string
}

/** RFC 3676 4.5: quote marks first, then one stuffed space. */
function split(line: string): Line {
  let quotes = 0
  while (line.charAt(quotes) === '>') quotes++
  const rest = line.slice(quotes)
  return { quotes, text: rest.startsWith(' ') ? rest.slice(1) : rest }
}

/** Joins flowed lines of one quote depth; `delsp` drops the space that marks them (RFC 3676 4.1). Lines end with LF. */
export function unflow(text: string, delsp: boolean): string {
  const out: string[] = []
  let paragraph: { quotes: number; pieces: string[] } | null = null
  const close = () => {
    if (paragraph === null) return
    const marks = '>'.repeat(paragraph.quotes)
    const joined = paragraph.pieces.join('')
    out.push(marks === '' ? joined : joined === '' ? marks : `${marks} ${joined}`)
    paragraph = null
  }
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = split(raw)
    // RFC 3676 4.3: the signature's separator ends in a space and is fixed all the same.
    const flows = line.text.endsWith(' ') && line.text !== '-- '
    if (paragraph !== null && (paragraph as { quotes: number }).quotes !== line.quotes) close()
    if (line.text === '-- ') close()
    paragraph ??= { quotes: line.quotes, pieces: [] }
    ;(paragraph as { pieces: string[] }).pieces.push(flows && delsp ? line.text.slice(0, -1) : line.text)
    if (!flows) close()
  }
  close()
  return out.join('\n')
}
