// Mail as other programs keep it on disk: a single file, an mbox, a folder of .eml files, a Maildir.
import { createReadStream } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArchiveOptions, type ImportedMessage, kept } from './imported.ts'
import { openMaildir } from './maildir.ts'
import { isMboxSeparator, readMbox } from './mbox.ts'

export type { ArchiveOptions, ImportedMessage } from './imported.ts'

export interface Archive {
  readonly kind: 'eml' | 'mbox' | 'maildir'
  /** What the `archiveBytes` of all messages come to, or a little more. */
  readonly totalBytes: number
  /** One at a time, in the order in which they lie there. */
  messages(): AsyncIterable<ImportedMessage>
}

async function hasFolder(path: string, name: string): Promise<boolean> {
  return (await stat(join(path, name)).catch(() => null))?.isDirectory() ?? false
}

/** Recognises what lies at `path`. Rejects with a sentence if it is nothing that can be imported. */
export async function openArchive(path: string, options: ArchiveOptions): Promise<Archive> {
  const found = await stat(path).catch((error: unknown) => {
    throw new Error(`${path} cannot be read: is it there, and may this user read it?`, { cause: error })
  })
  if (found.isDirectory()) {
    const isMaildir = (await hasFolder(path, 'cur')) || (await hasFolder(path, 'new'))
    return isMaildir ? { kind: 'maildir', ...(await openMaildir(path, options)) } : await openFolder(path, options)
  }
  if (await beginsLikeMbox(path)) {
    const messages = () => readMbox(createReadStream(path, { highWaterMark: 1024 * 1024 }), options)
    return { kind: 'mbox', totalBytes: found.size, messages }
  }
  return { kind: 'eml', totalBytes: found.size, messages: () => readFiles([{ path, bytes: found.size, folder: [] }], options) }
}

async function beginsLikeMbox(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
    return isMboxSeparator(buffer.toString('latin1', 0, bytesRead).split('\n', 1)[0] ?? '')
  } finally {
    await file.close()
  }
}

interface MessageFile {
  readonly path: string
  readonly bytes: number
  readonly folder: readonly string[]
}

/** Every .eml below `path`; the folders between are kept. */
async function openFolder(path: string, options: ArchiveOptions): Promise<Archive> {
  const files: MessageFile[] = []
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.eml$/i.test(entry.name)) continue
    const file = join(entry.parentPath, entry.name)
    const folder = entry.parentPath.slice(path.length).split(/[/\\]/)
    files.push({ path: file, bytes: (await stat(file)).size, folder: folder.filter((name) => name !== '') })
  }
  if (files.length === 0) throw new Error(`${path} holds neither a Maildir (cur, new) nor files that end in .eml`)
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { kind: 'eml', totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0), messages: () => readFiles(files, options) }
}

async function* readFiles(files: readonly MessageFile[], { messageBytesMax }: ArchiveOptions): AsyncIterable<ImportedMessage> {
  for (const { path, bytes, folder } of files) {
    const source = bytes > messageBytesMax ? null : await readFile(path).catch(() => null)
    yield { ...kept, source, folder, archiveBytes: bytes }
  }
}
