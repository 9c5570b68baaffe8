// The rules of the Notes class (MS-ASNOTE): how notes are rendered, added and changed.
import { speakable } from '../../../format/text.ts'
import { defaultOptions, type CollectionOptions } from '../../../model/collection.ts'
import type { Instant } from '../../../model/id.ts'
import { recordOf } from '../../../model/item.ts'
import type { Note } from '../../../model/note.ts'
import { recordDraft } from '../../../store/record.ts'
import { bind, resolve } from '../../../wbxml/schema.ts'
import { Failure } from '../../error.ts'
import type { ItemClassRules, Rendering } from '../class.ts'
import { categoriesIn, categoriesOut } from '../categories.ts'
import { NoteChange, NoteData } from './schema.ts'
import { bodyOut, recordBodyBytesMax, textIn } from '../record-body.ts'
import { findRecord, recordAdd, replaceRecord } from '../record-change.ts'
import { plainSubject, renderRecord } from '../render-record.ts'

/** What a note brings besides its text. */
const headBytes = 1024
/** Longer than any client lets its user write. */
const subjectCharsMax = 64 * 1024

/** MS-ASNOTE 2.2.2.5. */
const messageClass = 'IPM.StickyNote'
const messageClassPattern = /^IPM\.StickyNote(?:\.[^\s.][^\r\n]{0,200})?$/i

const draftOf = (record: Note) => recordDraft({ class: 'Notes', record })

function noteData({ subject, text, categories, messageClass: named, modified }: Note, { options, extent }: Rendering): NoteData {
  return {
    Subject: subject,
    Body: bodyOut(text, options, extent),
    MessageClass: named,
    LastModifiedDate: modified,
    ...(categories.length === 0 ? {} : { Categories: { Category: categoriesOut(categories) } }),
  }
}

/**
 * The note after a client's Change: Subject and Body stay where they are left out, Categories go (MS-ASNOTE 3.2.5.3). It was changed
 * now, unless nothing was. Throws ItemMalformed.
 */
function noteAfter(before: Note, change: NoteChange, options: CollectionOptions, now: Instant): Note {
  const { Subject: subject = before.subject, MessageClass: named = before.messageClass } = change
  if (!messageClassPattern.test(named)) throw new Failure('ItemMalformed', 'a MessageClass that is no note')
  if (subject.length > subjectCharsMax) throw new Failure('ItemMalformed', `a subject of ${subject.length} characters`)
  const after: Note = {
    subject: speakable(subject),
    text: change.Body === undefined ? before.text : textIn(change.Body, before.text, options),
    categories: categoriesIn(change.Categories?.Category ?? [], before.categories),
    messageClass: named,
    modified: before.modified,
  }
  return JSON.stringify(after) === JSON.stringify(before) ? before : { ...after, modified: now }
}

export const notes: ItemClassRules = {
  class: 'Notes',
  // MS-ASCMD 2.2.3.68 speaks of mail, events and tasks: here it says nothing, and is no error.
  filterTypes: [0, 1, 2, 3, 4, 5, 6, 7, 8],
  // MS-ASNOTE 3.2.5.3.
  refusesSupported: true,

  render: (item, rendering, _mailbox, call) => {
    const note = recordOf(item, 'Notes')
    const { subject, modified } = note
    const placeholder = { Subject: plainSubject(subject), MessageClass: messageClass, LastModifiedDate: modified }
    return renderRecord(
      item,
      rendering,
      call,
      () => bind(NoteData, noteData(note, rendering)),
      () => bind(NoteData, placeholder),
    )
  },

  itemBytesMax: (options) => headBytes + recordBodyBytesMax(options),

  prepareAdd(data, folder, identity, call) {
    const now = call.house.clock.now()
    const change = resolve(data, NoteChange, call.dialect.version)
    const note = noteAfter({ subject: '', text: null, categories: [], messageClass, modified: now }, change, defaultOptions, now)
    return Promise.resolve(recordAdd(draftOf(note), folder, identity))
  },

  prepareChange(target, data, call) {
    if (target.instance !== null) throw new Failure('ItemMalformed', 'an occurrence of a note')
    const change = resolve(data, NoteChange, call.dialect.version)
    return Promise.resolve({
      async apply(_unit, mailbox, arbiter) {
        const item = await findRecord(target, 'Notes', mailbox, arbiter)
        const after = noteAfter(recordOf(item, 'Notes'), change, target.options, call.house.clock.now())
        await replaceRecord(target, item.modseq, draftOf(after), mailbox, arbiter)
        return { id: target.id }
      },
    })
  },
}
