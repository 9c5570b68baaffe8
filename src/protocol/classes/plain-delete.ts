// A client's Delete that does nothing but take the item away.
import { parseServerId } from '../../model/id.ts'
import { Failure } from '../error.ts'
import type { ClientChange, Target } from './class.ts'

/** A Delete of what is gone already succeeds: the reply to the first one may have been lost. */
export function plainDelete({ id, instance, folder }: Target, how: 'trash' | 'forever'): ClientChange {
  return {
    async apply(_unit, mailbox, arbiter) {
      if (instance !== null) throw new Failure('ItemMalformed', 'an occurrence of what does not repeat')
      if (parseServerId(id)?.folder !== folder.id) throw new Failure('ObjectNotFound', 'not an item of this folder')
      const [change] = (await mailbox.changes([id])).values()
      if (change === undefined) throw new Failure('ObjectNotFound')
      arbiter.removed(id, change.gone ? change.modseq : await mailbox.remove(id, how))
      return { id }
    },
  }
}
