// A client's Add of an event inside the unit of work: a new one, or one that stands there already.
import { createHash } from 'node:crypto'
import { packed } from '../../../format/event-files.ts'
import { uidMeant } from '../../../format/global-object-id.ts'
import { lastEnd } from '../../../format/recurrence.ts'
import type { CalendarEvent } from '../../../model/event.ts'
import type { Folder } from '../../../model/folder.ts'
import type { Identity, ServerId } from '../../../model/id.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import { recordDraft } from '../../../store/record.ts'
import type { Unit } from '../../../store/store.ts'
import type { Arbiter } from '../../../sync/arbiter.ts'
import type { Call } from '../../command.ts'
import type { Applied, ClientChange } from '../class.ts'
import { addedEvent, asUuid, changedEvent, nameIn } from './change.ts'
import { MeetingPost } from './meeting-post.ts'
import { placeOut } from './place.ts'
import type { EventChange } from './schema.ts'
import { answer, filesAnswer, filing, noBytes, standing, write, type Standing } from './standing.ts'
import type { Terms } from './terms.ts'

/** A name of our own for an event, the same for the same Add. */
function uidOf(identity: Identity): string {
  return asUuid(createHash('sha256').update(identity).digest('hex').slice(0, 32)).toUpperCase()
}

/** The event of this name in this calendar, if there is one. */
async function namesake(mailbox: Mailbox, folder: Folder, uid: string): Promise<Standing | null> {
  for (const id of await mailbox.withUid('Calendar', uid)) {
    const found = await standing(mailbox, folder, id)
    if (found !== null) return found
  }
  return null
}

/** MS-ASCAL 2.2.2.46: from 16.0 on the server names an event, and tells its name; a client that made one up hears nothing new. */
function nameOf(sent: EventChange, identity: Identity): { readonly uid: string; readonly isTold: boolean } {
  const own = nameIn(sent.UID ?? '')
  // Phones that know a meeting from mail may name it by what mail calls it.
  if (own !== '') return { uid: uidMeant(own), isTold: false }
  const client = asUuid(nameIn(sent.ClientUid ?? ''))
  return { uid: client === '' ? uidOf(identity) : client, isTold: true }
}

export function adding(sent: EventChange, folder: Folder, identity: Identity, terms: Terms, call: Call): ClientChange {
  const { uid, isTold } = nameOf(sent, identity)
  const added = addedEvent(sent, uid, terms)
  const { messageBytesMax: bytesMax } = call.house.limits
  const post = new MeetingPost(call)
  const shelf = filing(sent, [], { event: added, source: noBytes }, null, bytesMax)
  const whole = { ...added, files: shelf.files, lastFile: shelf.lastFile }
  const filed = packed({ event: post.revise(null, whole), source: shelf.source })
  const told = (id: ServerId, event: CalendarEvent) => answer({ ...(isTold ? { UID: event.uid } : {}), ...filesAnswer(id, shelf) })
  return {
    committed: post.committed,
    async apply(unit, mailbox, arbiter) {
      const stood = await namesake(mailbox, folder, uid)
      if (stood !== null) return adopt(stood, unit, mailbox, arbiter)
      const draft = recordDraft({ class: 'Calendar', record: filed.event }, filed.source)
      const mails = post.letters(null, filed)
      const { id, modseq, created } = await mailbox.create(folder.id, draft, identity)
      if (created) await post.send(unit, mails)
      arbiter.created(id, modseq, draft.date)
      return { id, ...told(id, filed.event) }
    },
  }

  /**
   * What came, beside what stands there: who made it out of a mail knows less of it than the server, and takes nothing away. A mail about
   * one occurrence does not move the series.
   */
  function besides({ place, recurrence }: CalendarEvent): EventChange {
    const isPlaced = terms.dialect.eventsGhosted || sent.LocationName !== undefined
    const placed = isPlaced ? sent : { ...sent, LocationName: placeOut(place).LocationName }
    if (recurrence === null || (sent.Recurrence ?? null) !== null) return placed
    const { AllDayEvent: _, StartTime: __, EndTime: ___, Timezone: ____, Recurrence: _____, ...rest } = placed
    return rest
  }

  /**
   * MS-ASCAL 2.2.2.13; iOS adds what it found in mail before it has heard of the calendar's own copy: the event that is there becomes
   * what the client says, and keeps its id. A repetition of an Add whose answer was lost finds the event it made, and leaves it alone.
   */
  async function adopt(stood: Standing, unit: Unit, mailbox: Mailbox, arbiter: Arbiter): Promise<Applied> {
    const { item, event: before } = stood
    const own = filing(sent, before.files, stood, item.id, bytesMax)
    const names = { ...(isTold ? { UID: before.uid } : {}), ...filesAnswer(item.id, own) }
    if (arbiter.repeated(item.id, item.modseq, item.date)) return { id: item.id, ...answer(names) }
    const merged = { ...changedEvent(before, besides(before), { ...terms, supported: [] }), files: own.files, lastFile: own.lastFile }
    const after = packed({ event: post.revise(before, merged), source: own.source })
    await post.send(unit, post.letters(before, after))
    const stored = await write(mailbox, item.id, after)
    arbiter.adopted(item.id, stored.modseq, lastEnd(after.event))
    return { id: item.id, ...answer(names) }
  }
}
