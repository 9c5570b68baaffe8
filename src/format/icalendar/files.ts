// Files that come within a calendar (ATTACH with inline bytes, RFC 5545 3.8.1.1), and the bytes of an event that holds them.
import { createHash } from 'node:crypto'
import type { RecordFile } from '../../model/record.ts'
import { type ContentLine, parameter, type Parameters } from './content-line.ts'

/** Under these names programs tell what a file is called; FILENAME is that of RFC 8607. */
const nameParameters = ['filename', 'x-filename', 'x-apple-filename', 'x-oracle-filename', 'x-ms-filename']
const contentId = 'x-easel-content-id'
const contentLocation = 'x-easel-content-location'
const inline = 'x-easel-inline'

/** Whether the bytes themselves stand in the line; what is only pointed at stays foreign. */
export function isFile(line: ContentLine): boolean {
  const encoding = parameter(line, 'encoding')?.toUpperCase() ?? ''
  const isBinary = parameter(line, 'value')?.toUpperCase() === 'BINARY' || encoding === 'BASE64' || encoding === 'B'
  return line.name === 'attach' && isBinary && /^[A-Za-z0-9+/=\s]*$/.test(line.value)
}

/** Collects the files of one event. The same file, met again in an exception, is kept once. */
export class FileShelf {
  readonly #pieces: Uint8Array[] = []
  readonly #known = new Map<string, RecordFile>()
  #bytes = 0

  /** The highest number given to a file. */
  get last(): number {
    return this.#known.size
  }

  get source(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces))
  }

  put(line: ContentLine): RecordFile {
    const content = Buffer.from(line.value, 'base64')
    const name = nameParameters.map((name) => parameter(line, name)?.trim() ?? '').find((name) => name !== '')
    const described = {
      name: name ?? 'attachment',
      type: parameter(line, 'fmttype')?.trim().toLowerCase() || 'application/octet-stream',
      inline: parameter(line, inline)?.toUpperCase() === 'TRUE',
      contentId: parameter(line, contentId),
      contentLocation: parameter(line, contentLocation),
    }
    const key = createHash('sha256').update(JSON.stringify(described)).update(content).digest('base64')
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const file = { number: this.#known.size + 1, ...described, start: this.#bytes, end: this.#bytes + content.byteLength }
    this.#pieces.push(content)
    this.#bytes = file.end
    this.#known.set(key, file)
    return file
  }
}

/** The line that brings a file along. */
export function fileLine(file: RecordFile, source: Uint8Array): ContentLine {
  const parameters: Parameters = {
    value: 'BINARY',
    encoding: 'BASE64',
    fmttype: file.type,
    filename: file.name,
    ...(file.inline ? { [inline]: 'TRUE' } : {}),
    ...(file.contentId === null ? {} : { [contentId]: file.contentId }),
    ...(file.contentLocation === null ? {} : { [contentLocation]: file.contentLocation }),
  }
  return { name: 'attach', parameters, value: Buffer.from(source.subarray(file.start, file.end)).toString('base64') }
}
