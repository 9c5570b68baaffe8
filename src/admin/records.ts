// The actions that bring events, tasks and contacts of other programs in, and give them out as files.
import { readFile, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { z } from 'zod'
import type { Refused } from '../format/icalendar.ts'
import { zoneNamed } from '../format/time-zone.ts'
import type { RecordClass } from '../model/item.ts'
import { administrators, writing } from './action.ts'
import { NotThere, Refusal } from './house.ts'
import { accountAt, addressInput } from './lookup.ts'
import { exportedText } from './record-export.ts'
import { findRecordFolder } from './record-folder.ts'
import { recordsInFile } from './record-file.ts'
import { importRecords, type RecordCounts } from './record-import.ts'

/** The whole file is held in memory, several times over. */
const fileBytesMax = 256 * 1024 * 1024
/** So many of what could not be taken are told one by one. */
const toldMax = 100

const folderInput = z.string().trim().min(1).max(1024)
const kinds = { calendar: 'Calendar', tasks: 'Tasks', contacts: 'Contacts' } as const satisfies Record<string, RecordClass>

export interface RecordsImported extends RecordCounts {
  readonly skipped: number
  /** The first hundred of those that could not be taken, by their number in the file. */
  readonly refused: readonly Refused[]
}

export const importFile = writing(
  {
    input: z.object({
      path: z.string().refine(isAbsolute, 'the path must be absolute'),
      account: addressInput,
      folder: folderInput.optional(),
      timeZone: z
        .string()
        .refine((name) => zoneNamed(name) !== null, 'a time zone has a name such as Europe/Berlin')
        .optional(),
    }),
    about: 'Imports events and tasks of an .ics file, or contacts of a .vcf file, that lies on the server.',
    roles: administrators,
    shellOnly: true,
    target: ({ account }) => account,
  },
  async (house, { path, account: address, folder, timeZone }, progress): Promise<RecordsImported> => {
    const account = await accountAt(house, address)
    const { size, mtimeMs } = await stat(path)
    if (size > fileBytesMax) throw new Refusal(`${path} has more than ${fileBytesMax} bytes.`)
    const zone = (timeZone === undefined ? null : zoneNamed(timeZone)) ?? house.zoneOf(account)
    // What has no stamp gets that of the file: imported again, it is the same again.
    const { records, refused } = recordsInFile(await readFile(path), zone, Math.min(Math.floor(mtimeMs / 1000) * 1000, house.clock.now()))
    const classes = records.map(({ content }) => content.class)
    const itemClass = classes.find((name) => name !== 'Tasks') ?? classes[0] ?? 'Calendar'
    const counts = await importRecords(house.store, account, records, { folder: folder ?? null, itemClass }, (done) =>
      progress({ done, total: records.length }),
    )
    return { ...counts, skipped: refused.length, refused: refused.slice(0, toldMax) }
  },
)

export interface RecordsExported {
  readonly text: string
  readonly count: number
}

export const exportFolder = writing(
  {
    input: z.object({ account: addressInput, kind: z.enum(['calendar', 'tasks', 'contacts']), folder: folderInput.optional() }),
    about: 'Exports a calendar or a task list as .ics, or an address book as .vcf.',
    roles: administrators,
    shellOnly: true,
    target: ({ account }) => account,
  },
  async (house, { account: address, kind, folder: path }, progress): Promise<RecordsExported> => {
    const account = await accountAt(house, address)
    const mailbox = await house.store.mailbox(account.id)
    const folder = await findRecordFolder(mailbox, kinds[kind], path ?? null)
    if (folder === null) throw new NotThere(`${address} has no folder "${path ?? kind}".`)
    return exportedText(mailbox, folder, kinds[kind], house.clock.now(), (done) => progress({ done, total: null }))
  },
)
