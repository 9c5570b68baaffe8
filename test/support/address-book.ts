// An address book for tests: the file of entries that a server reads, with pictures and certificates beside it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'

/** An entry as the file has it. */
export interface BookEntry {
  readonly name: string
  readonly kind?: 'person' | 'group' | 'resource'
  readonly address?: string
  readonly firstName?: string
  readonly lastName?: string
  readonly alias?: string
  readonly title?: string
  readonly company?: string
  readonly office?: string
  readonly phone?: string
  readonly homePhone?: string
  readonly mobilePhone?: string
  readonly photo?: Uint8Array
  /** DER. */
  readonly certificates?: readonly Uint8Array[]
  readonly members?: readonly string[]
}

export interface BookFile {
  /** For `EASEL_DIRECTORY_FILE`. */
  readonly path: string
  remove(): void
}

/** Writes the file. */
export function bookFile(entries: readonly BookEntry[]): BookFile {
  const folder = mkdtempSync(join(tmpdir(), 'easel-book-'))
  let number = 0
  const beside = (bytes: Uint8Array): string => {
    const name = `${number++}.bin`
    writeFileSync(join(folder, name), bytes)
    return name
  }
  const written = entries.map(({ photo, certificates = [], ...entry }) => ({
    ...entry,
    ...(photo === undefined ? {} : { photo: beside(photo) }),
    certificates: certificates.map(beside),
  }))
  const path = join(folder, 'book.yaml')
  writeFileSync(path, stringify({ entries: written }))
  return { path, remove: () => rmSync(folder, { recursive: true }) }
}

/** Bytes that begin like a JPEG picture. */
export function picture(bytes: number): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(bytes - 4, 0x2a)])
}
