// The folder of reference material (specification samples, schemas, corpora): named by EASEL_REFERENCE, optional for a plain `npm test`.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'

const root = process.env['EASEL_REFERENCE']

/** Whether reference tests run at all; where the variable is set, whatever is missing in the folder fails them. */
export const hasReference = root !== undefined && root !== ''

/** A describe block that needs the reference folder: skipped visibly where EASEL_REFERENCE is not set. */
export const describeWithReference = hasReference ? describe : describe.skip

/** The path of something in the reference folder. Throws if it is not there. */
export function referencePath(...parts: string[]): string {
  if (root === undefined) throw new Error('EASEL_REFERENCE is not set')
  const path = join(root, ...parts)
  if (!existsSync(path)) throw new Error(`the reference folder lacks ${parts.join('/')}`)
  return path
}

/** A JSON file of the reference folder. */
export function referenceJson<T>(...parts: string[]): T {
  return JSON.parse(readFileSync(referencePath(...parts), 'utf8')) as T
}

/** The names of the files in a folder of the reference, sorted; throws if there are none. */
export function referenceFiles(folder: string, ending: string): string[] {
  const names = readdirSync(referencePath(folder))
    .filter((name) => name.endsWith(ending))
    .sort()
  if (names.length === 0) throw new Error(`the reference folder ${folder} holds no ${ending}`)
  return names
}
