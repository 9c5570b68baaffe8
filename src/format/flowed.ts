// format=flowed (RFC 3676): lines that were broken to fit a terminal, joined again.

interface Line {
  readonly quotes: number
  readonly text: string
}

/** RFC 3676 4.5: quote marks first, then one stuffed space. */
function read(line: string): Line {
  let quotes = 0
  while (line.charAt(quotes) === '>') quotes++
  const rest = line.slice(quotes)
  return { quotes, text: rest.startsWith(' ') ? rest.slice(1) : rest }
}

function write({ quotes, text }: Line): string {
  const marks = '>'.repeat(quotes)
  if (marks === '') return text
  return text === '' ? marks : `${marks} ${text}`
}

// RFC 3676 4.3: the separator of a signature ends in a space and is fixed all the same.
const separator = '-- '

/** Joins flowed lines of one quote depth; `delsp` drops the space that marks them (RFC 3676 4.1). Lines end with LF. */
export function unflow(text: string, delsp: boolean): string {
  const out: string[] = []
  let open: Line | null = null
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = read(raw)
    if (open !== null && (open.quotes !== line.quotes || line.text === separator)) {
      out.push(write(open))
      open = null
    }
    const flows = line.text.endsWith(' ') && line.text !== separator
    const joined: Line = {
      quotes: line.quotes,
      text: (open?.text ?? '') + (flows && delsp ? line.text.slice(0, -1) : line.text),
    }
    if (!flows) out.push(write(joined))
    open = flows ? joined : null
  }
  if (open !== null) out.push(write(open))
  return out.join('\n')
}
