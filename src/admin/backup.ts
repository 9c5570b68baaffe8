// The action that makes a backup: a consistent copy of the store with whatever else of the data folder cannot be made again.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { z } from 'zod'
import { administrators, writing } from './action.ts'
import { Refusal } from './house.ts'

/** The list of what a backup holds. */
export const manifest = z.object({
  /** Raised when a later Easel lays backups out differently. */
  format: z.literal(1),
  madeAt: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
})
export type Manifest = z.output<typeof manifest>
export const manifestName = 'backup.json'

/** The store as it is called in the data folder and in a backup. */
export const storeName = 'easel.db'

/** What belongs to a running server or to the file system, can be read elsewhere, or is the store itself, which is copied by its own means. */
const leftOut = /^(easel\.db|easel\.lock|control\.sock|traces|replaced-|restoring-|lost\+found$)/

export const backUp = writing(
  {
    input: z.object({ path: z.string().refine(isAbsolute, 'the path must be absolute') }),
    about: 'Writes a consistent copy of everything to a folder of the server.',
    roles: administrators,
    shellOnly: true,
    target: ({ path }) => path,
  },
  async (house, { path }, progress) => {
    if (await exists(path)) throw new Refusal(`${path} exists already: a backup never overwrites.`)
    if (!relative(house.dataFolder, path).startsWith('..')) throw new Refusal('A backup inside the data folder would be lost with it.')
    const part = `${path}.part`
    await rm(part, { recursive: true, force: true })
    await mkdir(part, { recursive: true, mode: 0o700 })
    try {
      await house.store.backup(join(part, storeName))
      const kept = await filesOf(house.dataFolder, leftOut)
      for (const file of kept) {
        await mkdir(join(part, file, '..'), { recursive: true, mode: 0o700 })
        await copyFile(join(house.dataFolder, file), join(part, file))
      }
      const files: Manifest['files'] = []
      const names = [storeName, ...kept]
      for (const name of names) {
        files.push({ path: name, ...(await measure(join(part, name))) })
        progress({ done: files.length, total: names.length })
      }
      const content: Manifest = { format: 1, madeAt: new Date(house.clock.now()).toISOString(), files }
      await writeFile(join(part, manifestName), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
      await rename(part, path)
      return { path, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
    } catch (error) {
      await rm(part, { recursive: true, force: true })
      throw error
    }
  },
)

/** Every file below `folder`, by its relative path with `/`; names at the top that match `without` are passed over. */
async function filesOf(folder: string, without: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.filter(({ name }) => !without.test(name))) {
    if (entry.isFile()) found.push(entry.name)
    if (entry.isDirectory()) found.push(...(await filesOf(join(folder, entry.name), /^$/)).map((name) => `${entry.name}/${name}`))
  }
  return found.sort()
}

/** Size and checksum of a file. */
export async function measure(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    bytes += piece.length
    hash.update(piece)
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
