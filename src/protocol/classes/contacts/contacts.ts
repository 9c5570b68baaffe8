// The rules of the Contacts class (MS-ASCNTC): how contacts are rendered, added and changed.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { defaultOptions, type CollectionOptions, type Supported } from '../../../model/collection.ts'
import type { Folder } from '../../../model/folder.ts'
import { parseServerId, type Identity, type Instant, type ServerId } from '../../../model/id.ts'
import { recordOf, type Item } from '../../../model/item.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import { recordDraft } from '../../../store/record.ts'
import { bind, resolve } from '../../../wbxml/schema.ts'
import type { Call } from '../../command.ts'
import { Failure } from '../../error.ts'
import { quirksOf } from '../../quirks.ts'
import type { ClientChange, ItemClassRules, Target } from '../class.ts'
import { recordBodyBytesMax } from '../record-body.ts'
import { dayFormOf, dayIn } from './day.ts'
import { blank, mergeContact, type Manners, type Pictured } from './in.ts'
import { contactData } from './out.ts'
import { pictureBytesMax } from './picture.ts'
import { ContactChange, ContactData } from './schema.ts'

/** What a contact brings besides its notes and picture: some sixty short texts. */
const headBytes = 4096

function mannersOf({ device, house, account }: Call, options: CollectionOptions): Manners {
  const quirks = quirksOf(device)
  const form = dayFormOf(quirks)
  const zone = house.zoneOf(account)
  const { emptyPictureUnchanged, categoriesStay } = quirks
  return { day: (instant) => dayIn(instant, form, zone), options, emptyPictureUnchanged, categoriesStay }
}

/** A name for vCard: the same Add asked for again gives the same one. */
function uidOf(identity: Identity): string {
  const hex = createHash('sha256').update(`contact ${identity}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

async function find(mailbox: Mailbox, folder: Folder, id: ServerId): Promise<Item> {
  if (parseServerId(id)?.folder !== folder.id) throw new Failure('ObjectNotFound', 'not an item of this folder')
  const item = (await mailbox.read([id])).get(id)
  if (item?.content.class !== 'Contacts') throw new Failure('ObjectNotFound')
  return item
}

async function pictured(mailbox: Mailbox, item: Item): Promise<Pictured> {
  const contact = recordOf(item, 'Contacts')
  const { picture } = contact
  const bytes = picture === null ? null : await (await mailbox.source(item.id))?.read(picture.start, picture.end)
  return { contact, picture: bytes ?? new Uint8Array(0) }
}

function draftOf({ contact, picture }: Pictured) {
  return recordDraft({ class: 'Contacts', record: contact }, picture)
}

/** The contact as it is now, with the time of its change if it is one. */
function modified(before: Pictured, after: Pictured, now: Instant): Pictured {
  const isSame = isDeepStrictEqual(after.contact, before.contact) && Buffer.compare(after.picture, before.picture) === 0
  return isSame ? before : { ...after, contact: { ...after.contact, modified: now } }
}

/** What the device was shown as names alone it does not take away by leaving the rest out. */
async function supportedFor({ id, supported }: Target, { house, account, device }: Call): Promise<Supported> {
  const state = await house.store.syncState(account.id, device.id)
  return (await state.poison()).some((one) => one.id === id) ? [] : supported
}

function contactChange({ id, folder, options, supported }: Target, change: ContactChange, manners: Manners, now: Instant): ClientChange {
  return {
    async apply(_unit, mailbox, arbiter) {
      const item = await find(mailbox, folder, id)
      // MS-ASCMD 2.2.3.34: where somebody else wrote as well, the server's contact stands unless the client is to win.
      if (options.conflict === 1 && (await arbiter.isConflicting(id, item.modseq))) throw new Failure('Conflict')
      const before = await pictured(mailbox, item)
      const after = modified(before, mergeContact(before, change, supported, manners), now)
      const stored = await mailbox.change(id, { class: 'Contacts', replace: draftOf(after) }, null)
      await arbiter.changed(id, item.modseq, stored.modseq, null)
      return { id }
    },
  }
}

export const contacts: ItemClassRules = {
  class: 'Contacts',
  // MS-ASCMD 2.2.3.68.2: a FilterType is ignored, and no error.
  filterTypes: [0, 1, 2, 3, 4, 5, 6, 7, 8],

  render: async (item, rendering, mailbox, call) => bind(ContactData, await contactData(item, rendering, mailbox, call)),

  itemBytesMax: (options) => headBytes + recordBodyBytesMax(options) + Math.ceil((pictureBytesMax * 4) / 3),

  async prepareAdd(data, folder, identity, call) {
    const change = resolve(data, ContactChange, call.dialect.version)
    const before = blank(uidOf(identity))
    const draft = draftOf(modified(before, mergeContact(before, change, null, mannersOf(call, defaultOptions)), call.house.clock.now()))
    return {
      async apply(_unit, mailbox, arbiter) {
        const { id, modseq } = await mailbox.create(folder.id, draft, identity)
        arbiter.created(id, modseq, null)
        return { id }
      },
    }
  },

  async prepareChange(target, data, call) {
    if (target.instance !== null) throw new Failure('ItemMalformed', 'an occurrence of a contact')
    const change = resolve(data, ContactChange, call.dialect.version)
    const supported = await supportedFor(target, call)
    return contactChange({ ...target, supported }, change, mannersOf(call, target.options), call.house.clock.now())
  },
}
