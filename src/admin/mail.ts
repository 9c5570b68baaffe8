// The action that imports mail other programs kept.
import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { openArchive } from '../mail/archive.ts'
import { importMail, type ImportCounts } from '../mail/import.ts'
import { administrators, writing } from './action.ts'
import { Refusal } from './house.ts'
import { accountAt, addressInput } from './lookup.ts'

/** One message is held in memory at a time; an archive may hold larger ones than we take from the network. */
const messageBytesMax = 256 * 1024 * 1024

export interface Imported extends Omit<ImportCounts, 'archiveBytes'> {
  readonly kind: 'eml' | 'mbox' | 'maildir'
}

export const importIntoFolder = writing(
  {
    input: z.object({
      path: z.string().refine(isAbsolute, 'the path must be absolute'),
      account: addressInput,
      folder: z.string().trim().min(1).max(1024),
    }),
    about: 'Imports mail that another program kept in a file or folder of the server.',
    roles: administrators,
    shellOnly: true,
    target: ({ account }) => account,
  },
  async (house, { path, account: address, folder }, progress): Promise<Imported> => {
    const account = await accountAt(house, address)
    const archive = await refusing(openArchive(path, { messageBytesMax }))
    const { store, clock } = house
    const { archiveBytes: _, ...counts } = await refusing(
      importMail({
        store,
        clock,
        account,
        folder,
        messages: archive.messages(),
        progress: ({ archiveBytes }) => progress({ done: archiveBytes, total: archive.totalBytes }),
      }),
    )
    return { kind: archive.kind, ...counts }
  },
)

/** `mail/` says what it refuses in plain Errors with a sentence; other kinds of errors are defects, or have names of their own. */
async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Error) || Object.getPrototypeOf(error) !== Error.prototype || 'code' in error) throw error
    throw new Refusal(`${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}${/[.?]$/.test(error.message) ? '' : '.'}`, {
      cause: error,
    })
  }
}
