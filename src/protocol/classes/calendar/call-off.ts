// Meetings that a client takes away otherwise than by Delete, into Deleted Items or with their folder: they are called off as by a Delete.
import { dateSlack } from '../../../format/free-busy.ts'
import { classOfFolder, type Folder } from '../../../model/folder.ts'
import type { FolderId, ServerId } from '../../../model/id.ts'
import type { Item } from '../../../model/item.ts'
import type { Prepared } from '../../../mail/submission.ts'
import type { Cursor, Mailbox } from '../../../store/mailbox.ts'
import type { Unit } from '../../../store/store.ts'
import type { Call } from '../../command.ts'
import { Failure } from '../../error.ts'
import { MeetingPost } from './meeting-post.ts'

const pageSize = 200
/** All of them are one unit of work, and nobody has so many meetings before him. */
const mailsMax = 1000

/** Lives for one request. Everything but `committed` is asked in the unit that takes the meetings away. */
export class CallingOff {
  readonly #post: MeetingPost
  readonly #call: Call

  constructor(call: Call) {
    this.#post = new MeetingPost(call)
    this.#call = call
  }

  /** One item of a calendar, which `take` takes away. Rejects with ItemMalformed where it cannot be told, and takes nothing away. */
  async one<T>(id: ServerId, unit: Unit, mailbox: Mailbox, take: () => Promise<T>): Promise<T> {
    const item = this.#call.dialect.meetingMail ? (await mailbox.read([id])).get(id) : undefined
    const mails = item === undefined ? [] : this.#lettersOf(item)
    const taken = await take()
    await this.#post.send(unit, mails)
    return taken
  }

  /** Every meeting of a folder, and of those below it if `deep`. Rejects with CommandServerError for more than can be told at once. */
  async all(top: FolderId, deep: boolean, unit: Unit, mailbox: Mailbox): Promise<void> {
    if (!this.#call.dialect.meetingMail) return
    const mails: Prepared[] = []
    for (const { id } of calendarsIn(await mailbox.allFolders(), top, deep)) {
      for await (const item of comingIn(id, mailbox, this.#call)) {
        mails.push(...told(() => this.#lettersOf(item)))
        if (mails.length > mailsMax) throw new Failure('CommandServerError', `more than ${mailsMax} mails for one change`)
      }
    }
    await this.#post.send(unit, mails)
  }

  /** After the commit. */
  readonly committed = (): void => this.#post.committed()

  #lettersOf({ content }: Item): readonly Prepared[] {
    return content.class === 'Calendar' ? this.#post.letters(content.record, null) : []
  }
}

/** What cannot be told is a fault of that item, of which commands about folders know nothing. */
function told(make: () => readonly Prepared[]): readonly Prepared[] {
  try {
    return make()
  } catch (thrown) {
    throw thrown instanceof Failure ? new Failure('CommandServerError', thrown.message) : thrown
  }
}

function calendarsIn(folders: readonly Folder[], top: FolderId, deep: boolean): readonly Folder[] {
  const inside = new Set([top])
  // Parents stand before their children.
  if (deep) for (const { id, parent } of folders) if (inside.has(parent)) inside.add(id)
  return folders.filter(({ id, type }) => inside.has(id) && classOfFolder(type) === 'Calendar')
}

/** What is not over yet: of the rest nobody is told. */
async function* comingIn(folder: FolderId, mailbox: Mailbox, { house }: Call): AsyncGenerator<Item> {
  const events = mailbox.items(folder, 'Calendar')
  let cursor: Cursor | null = null
  do {
    const { changes, next } = await events.newestFirst(cursor, house.clock.now() - dateSlack, pageSize)
    yield* (await events.read(changes.map(({ id }) => id))).values()
    cursor = next
  } while (cursor !== null)
}
