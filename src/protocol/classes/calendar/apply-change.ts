// A client's Change or Delete of an event, or of one occurrence of it, inside the unit of work.
import { isDeepStrictEqual } from 'node:util'
import { packed } from '../../../format/event-files.ts'
import { lastEnd } from '../../../format/recurrence.ts'
import { decidedAt, withAnswersOf, withGuestsOf } from '../../../mail/meeting/only-answers.ts'
import type { CalendarEvent } from '../../../model/event.ts'
import type { Arbiter } from '../../../sync/arbiter.ts'
import type { Call } from '../../command.ts'
import { Failure } from '../../error.ts'
import type { ClientChange, Target } from '../class.ts'
import { plainDelete } from '../plain-delete.ts'
import { changedEvent } from './change.ts'
import { changedInstance, instanceFiles, withoutInstance } from './exceptions.ts'
import { MeetingPost } from './meeting-post.ts'
import type { EventChange } from './schema.ts'
import { answer, filesAnswer, filing, standing, write, type Standing } from './standing.ts'
import type { Terms } from './terms.ts'

/**
 * MS-ASCMD 2.2.3.34: where somebody else wrote as well, the server's event stands unless the client is to win. Answers of guests are no
 * such thing: gives whether the client has not heard of some.
 */
async function missesAnswers({ item, event }: Standing, { options }: Target, arbiter: Arbiter): Promise<boolean> {
  if (!(await arbiter.isConflicting(item.id, item.modseq))) return false
  if (options.conflict === 1 && (await arbiter.isConflicting(item.id, decidedAt(event, item.modseq)))) throw new Failure('Conflict')
  return true
}

/** A Change of an event, or of the one occurrence that is meant. */
export function changing(target: Target, sent: EventChange, terms: Terms, call: Call): ClientChange {
  const { id, instance, folder } = target
  const post = new MeetingPost(call)
  return {
    committed: post.committed,
    async apply(unit, mailbox, arbiter) {
      const stood = await standing(mailbox, folder, id)
      if (stood === null) throw new Failure('ObjectNotFound')
      const isBehind = await missesAnswers(stood, target, arbiter)
      const { event: before } = stood
      const files = instance === null ? before.files : instanceFiles(before, instance, terms)
      const shelf = filing(sent, files, stood, id, call.house.limits.messageBytesMax)
      const changed =
        instance === null
          ? { ...changedEvent(before, sent, terms), files: shelf.files }
          : changedInstance(before, instance, sent, shelf.files, terms)
      const whole = { ...(isBehind ? withAnswersOf(before, changed) : changed), lastFile: shelf.lastFile }
      const after = post.revise(before, whole)
      const filed = packed({ event: after, source: shelf.source })
      await post.send(unit, post.letters(before, filed))
      const stored = await write(mailbox, id, filed)
      if (goAlong(before, after)) arbiter.changedFurther(id, stored.modseq)
      else await arbiter.changed(id, stood.item.modseq, stored.modseq, lastEnd(after))
      return { id, ...answer(filesAnswer(id, shelf)) }
    },
  }
}

/**
 * Whether exceptions went along with their series: whoever moved it knows them by the starts that their occurrences had before, and
 * whoever invited others to it has said nothing of those.
 */
function goAlong(before: CalendarEvent, { start, end, zone, attendees, exceptions }: CalendarEvent): boolean {
  const isMoved = start !== before.start || end !== before.end || zone !== before.zone
  if (isMoved) return exceptions.length > 0
  return !isDeepStrictEqual(withGuestsOf(before.attendees, attendees, before.exceptions), before.exceptions)
}

/** A Delete of one occurrence; of what is gone it succeeds: the reply to the first one may have been lost. */
export function deletingInstance(target: Target, terms: Terms, call: Call): ClientChange {
  const { id, instance, folder } = target
  const post = new MeetingPost(call)
  return {
    committed: post.committed,
    async apply(unit, mailbox, arbiter) {
      if (instance === null) throw new Failure('ItemMalformed', 'no occurrence')
      const stood = await standing(mailbox, folder, id)
      if (stood === null) {
        if ((await mailbox.changes([id])).get(id)?.gone === true) return { id }
        throw new Failure('ObjectNotFound')
      }
      await missesAnswers(stood, target, arbiter)
      const after = post.revise(stood.event, withoutInstance(stood.event, instance, terms))
      const filed = packed({ event: after, source: stood.source })
      await post.send(unit, post.letters(stood.event, filed))
      const stored = await write(mailbox, id, filed)
      await arbiter.changed(id, stood.item.modseq, stored.modseq, lastEnd(after))
      return { id }
    },
  }
}

/** A Delete of the whole: guests hear that it is called off. */
export function deleting(target: Target, how: 'trash' | 'forever', call: Call): ClientChange {
  const post = new MeetingPost(call)
  const plain = plainDelete(target, how)
  return {
    committed: post.committed,
    async apply(unit, mailbox, arbiter) {
      const stood = await standing(mailbox, target.folder, target.id)
      const mails = stood === null ? [] : post.letters(stood.event, null)
      const applied = await plain.apply(unit, mailbox, arbiter)
      await post.send(unit, mails)
      return applied
    },
  }
}
