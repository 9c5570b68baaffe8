// How the shell answers: tables for people, JSON for programs.
import Table from 'cli-table3'
import type { Shell } from './shell.ts'

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string | number | null
}

/** `--json` of a command. */
export interface Format {
  readonly json?: boolean | undefined
}

const plain = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const

/** Prints a line. */
export function say(shell: Shell, line: string): void {
  shell.stdout.write(`${line}\n`)
}

/** Prints JSON, indented, with a line end. */
export function printJson(shell: Shell, value: unknown): void {
  say(shell, JSON.stringify(value, null, 2))
}

/** Prints rows as a table, or as a JSON array of the rows as they are. `none` is said where there are none. */
export function printRows<Row>(shell: Shell, rows: readonly Row[], columns: readonly Column<Row>[], format: Format, none: string): void {
  if (format.json === true) return printJson(shell, rows)
  if (rows.length === 0) return say(shell, none)
  const table = new Table({
    head: columns.map(({ title }) => title),
    chars: plain,
    // Colours and padding would only be in the way of cut and awk.
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  })
  for (const row of rows) table.push(columns.map(({ value }) => printable(value(row))))
  for (const line of table.toString().split('\n')) say(shell, line.trimEnd())
}

/** Prints one thing as lines `title  value`, or as a JSON object. */
export function printFields(
  shell: Shell,
  fields: Readonly<Record<string, unknown>>,
  format: Format,
  titles: Readonly<Record<string, string>>,
): void {
  if (format.json === true) return printJson(shell, fields)
  const width = Math.max(...Object.values(titles).map((title) => title.length))
  for (const [field, title] of Object.entries(titles)) say(shell, `${title.padEnd(width)}  ${printable(fields[field])}`)
}

/** What a phone says of itself goes to a terminal: control characters would speak to it. */
function printable(value: unknown): string {
  return textOf(value).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd')
}

function textOf(value: unknown): string {
  if (Array.isArray(value) && value.length > 0) return value.map(textOf).join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : '-'
}

/** `1 device`, `2 devices`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

/** `2026-11-22 20:05` in UTC, for tables. */
export function shortTime(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ')
}
