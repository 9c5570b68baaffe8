// Lines of iCalendar (RFC 5545 3.1): name, parameters and value out of one, however somebody wrote it, and one out of them.

/** By their names in lower case. Several values of one parameter are a list. */
export type Parameters = Readonly<Record<string, string | readonly string[]>>

export interface ContentLine {
  /** In lower case. */
  readonly name: string
  readonly parameters: Parameters
  /** As it stands in the text, escapes and all. */
  readonly value: string
}

/** What one line may have of them: the longest list of an attendee's parameters that was seen is a dozen. */
const parametersMax = 100
/** DELEGATED-TO and MEMBER are lists of people. */
const valuesMax = 1000

/** Where times are told, a colon too many belongs to the name of a zone that should have stood in quotes. */
const timed = new Set(['dtstart', 'dtend', 'due', 'recurrence-id', 'exdate', 'rdate'])

/** The parts of an unfolded line; null for what is no line of iCalendar. */
export function contentLine(line: string): ContentLine | null {
  const name = /^[A-Za-z0-9_-]{1,100}(?=\s*[;:])/.exec(line)?.[0].toLowerCase()
  if (name === undefined) return null
  const parameters = new Map<string, string | string[]>()
  let at = line.slice(name.length).search(/[;:]/) + name.length
  // Counted as they come: the same one over and over would cost as much as it likes.
  for (let read = 0; line[at] === ';' && read < parametersMax; read++) {
    const parameter = parameterAt(line, at + 1)
    if (parameter === null) return null
    at = parameter.end
    // Such a key would be no property of an object but its prototype.
    if (parameter.name !== '' && parameter.name !== '__proto__') {
      const values = [parameters.get(parameter.name) ?? [], parameter.values].flat()
      parameters.set(parameter.name, values.length === 1 ? (values[0] ?? '') : values)
    }
  }
  if (line[at] !== ':') return null
  return withQuotedZone({ name, parameters: Object.fromEntries(parameters), value: line.slice(at + 1) })
}

/** One parameter from `start` on; `end` is where the `;` or `:` behind it stands. */
function parameterAt(line: string, start: number): { name: string; values: string[]; end: number } | null {
  const name = /^[^=;:]{0,100}/.exec(line.slice(start, start + 101))?.[0] ?? ''
  let at = start + name.length
  const values: string[] = []
  while (line[at] === (values.length === 0 ? '=' : ',') && values.length < valuesMax) {
    at += 1
    if (line[at] === '"') {
      const close = line.indexOf('"', at + 1)
      if (close < 0) return null
      values.push(unescapedParameter(line.slice(at + 1, close)))
      const next = line.slice(close + 1).search(/[,;:]/)
      if (next < 0) return null
      at = close + 1 + next
    } else {
      const length = line.slice(at).search(/[,;:]/)
      if (length < 0) return null
      values.push(unescapedParameter(line.slice(at, at + length)))
      at += length
    }
  }
  if (line[at] !== ';' && line[at] !== ':') return null
  return { name: name.toLowerCase().replace(/[^a-z0-9_-]/g, ''), values: values.length === 0 ? [''] : values, end: at }
}

/** `TZID=(UTC+01:00) Berlin:20250101T000000`, the zone without quotes. */
function withQuotedZone(line: ContentLine): ContentLine {
  const zone = line.parameters['tzid']
  if (zone === undefined || !timed.has(line.name) || /^\d{8}/.test(line.value)) return line
  const parts = /^(.*):(\d{8}(?:T\d{6}Z?)?(?:[,/].*)?)$/.exec(line.value)
  if (parts === null) return line
  return { ...line, parameters: { ...line.parameters, tzid: `${[zone].flat().join(',')}:${parts[1] ?? ''}` }, value: parts[2] ?? '' }
}

/** RFC 6868: what cannot stand in a parameter stands behind a circumflex. */
function unescapedParameter(text: string): string {
  return text.replace(/\^([n'^])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter === "'" ? '"' : '^'))
}

function escapedParameter(text: string): string {
  const escaped = clean(text).replace(/[\n"^]/g, (letter) => (letter === '\n' ? '^n' : letter === '"' ? "^'" : '^^'))
  return /^[\p{L}\p{N}\-_.@/+ ]*$/u.test(escaped) && escaped.trim() === escaped ? escaped : `"${escaped}"`
}

/** Text without what RFC 5545 3.1 forbids in it: control characters, halves of characters. Line ends become line feeds. */
export function clean(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[\0-\x08\v\f\x0e-\x1f\x7f]/g, '')
}

/** One parameter as text, where a list is one text that somebody forgot to quote. */
export function parameter({ parameters }: Pick<ContentLine, 'parameters'>, name: string): string | null {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined
  return value === undefined ? null : typeof value === 'string' ? value : value.join(',')
}

/** The line, folded (RFC 5545 3.1), with its CRLF. Nothing in it can begin another line. */
export function writtenLine({ name, parameters, value }: ContentLine): string {
  const told = Object.entries(parameters).map(
    ([key, values]) => `;${key.toUpperCase().replace(/[^A-Z0-9_-]/g, '')}=${[values].flat().map(escapedParameter).join(',')}`,
  )
  const line = `${name.toUpperCase()}${told.join('')}:${clean(value).replaceAll('\n', '\\n')}`
  return fold(line)
}

/** Octets of a line without its end. */
const octetsMax = 75

function fold(line: string): string {
  if (/^[\x20-\x7e\t]*$/.test(line)) return foldAscii(line)
  const lines: string[] = []
  let start = 0
  let octets = 0
  let at = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > octetsMax) {
      lines.push(line.slice(start, at))
      start = at
      octets = 1
    }
    octets += size
    at += character.length
  }
  return `${[...lines, line.slice(start)].join('\r\n ')}\r\n`
}

function foldAscii(line: string): string {
  const rest = line.slice(octetsMax).match(/.{1,74}/g) ?? []
  return `${[line.slice(0, octetsMax), ...rest].join('\r\n ')}\r\n`
}
