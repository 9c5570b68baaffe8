// A Maildir and its subfolders: flags from the file names, folders from the names of the directories.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instant } from '../model/id.ts'
import type { ArchiveOptions, ImportedMessage } from './imported.ts'

interface MaildirFile {
  readonly path: string
  readonly name: string
  readonly bytes: number
  readonly modified: Instant
  readonly isNew: boolean
  readonly folder: readonly string[]
}

/** RFC 3501 5.1.3: folder names are in a UTF-7 of their own, with `&` for `+` and `,` for `/`. */
function decodeFolderName(name: string): string {
  return name.replace(/&([A-Za-z0-9+,]*)-/g, (_whole, encoded: string) => {
    if (encoded === '') return '&'
    const octets = Buffer.from(encoded.replaceAll(',', '/'), 'base64')
    return octets
      .subarray(0, octets.length & ~1)
      .swap16()
      .toString('utf16le')
  })
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false
}

async function filesOf(maildir: string, folder: readonly string[]): Promise<MaildirFile[]> {
  const files: MaildirFile[] = []
  for (const place of ['cur', 'new']) {
    const names = await readdir(join(maildir, place)).catch(() => [])
    names.sort((a, b) => (a < b ? -1 : 1))
    for (const name of names) {
      if (name.startsWith('.')) continue
      const path = join(maildir, place, name)
      const found = await stat(path).catch(() => null)
      if (found?.isFile() !== true) continue
      files.push({ path, name, bytes: found.size, modified: Math.trunc(found.mtimeMs), isNew: place === 'new', folder })
    }
  }
  return files
}

/** The Maildir itself and its folders: `.Parent.Child` beside `cur` (Maildir++), or directories within directories. */
async function walk(maildir: string, folder: readonly string[]): Promise<MaildirFile[]> {
  const files = await filesOf(maildir, folder)
  for (const entry of (await readdir(maildir, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = join(maildir, entry.name)
    if (!entry.isDirectory() || ['cur', 'new', 'tmp'].includes(entry.name)) continue
    if (!(await isDirectory(join(inner, 'cur'))) && !(await isDirectory(join(inner, 'new')))) continue
    const names = entry.name.startsWith('.') ? entry.name.slice(1).split('.') : [entry.name]
    files.push(...(await walk(inner, [...folder, ...names.map(decodeFolderName).filter((name) => name !== '')])))
  }
  return files
}

/** A file name begins with the second of its delivery; a copy may have lost its time of change, an import its name. */
function receivedAt({ name, modified }: MaildirFile): Instant {
  const seconds = Number(/^(\d{9,10})[._]/.exec(name)?.[1] ?? Number.NaN)
  return Number.isNaN(seconds) ? modified : Math.min(seconds * 1000, modified)
}

async function* read(files: readonly MaildirFile[], { messageBytesMax }: ArchiveOptions): AsyncIterable<ImportedMessage> {
  for (const file of files) {
    const flags = /[:;!]2,([A-Za-z]*)$/.exec(file.name)?.[1] ?? ''
    yield {
      source: file.bytes > messageBytesMax ? null : await readFile(file.path).catch(() => null),
      received: receivedAt(file),
      read: flags.includes('S') && !file.isNew,
      flagged: flags.includes('F'),
      verb: flags.includes('R') ? 1 : flags.includes('P') ? 3 : null,
      deleted: flags.includes('T'),
      folder: file.folder,
      archiveBytes: file.bytes,
    }
  }
}

export interface Maildir {
  readonly totalBytes: number
  messages(): AsyncIterable<ImportedMessage>
}

/** Lists the Maildir at `path`; its messages are read when they are asked for. */
export async function openMaildir(path: string, options: ArchiveOptions): Promise<Maildir> {
  const files = await walk(path, [])
  return { totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0), messages: () => read(files, options) }
}
