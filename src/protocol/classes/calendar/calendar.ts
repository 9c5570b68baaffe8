// The rules of the Calendar class: how events are told, and what a client may do to them.
import { defaultOptions } from '../../../model/collection.ts'
import { recordOf, type Item } from '../../../model/item.ts'
import { bind, resolve, type Deferred } from '../../../wbxml/schema.ts'
import type { Call } from '../../command.ts'
import { Failure } from '../../error.ts'
import type { ItemClassRules, Rendering } from '../class.ts'
import { recordBodyBytesMax } from '../record-body.ts'
import { adding } from './apply-add.ts'
import { changing, deleting, deletingInstance } from './apply-change.ts'
import { eventOut, eventPlaceholder, type Telling } from './out.ts'
import { EventChange, EventData } from './schema.ts'
import { termsOf } from './terms.ts'

/** What an event brings besides its text: people, recurrence, the list of its files. */
const headBytes = 4096

function render(item: Item, { extent, options, aside }: Rendering, call: Call): EventData {
  const event = recordOf(item, 'Calendar')
  const { account, dialect, house } = call
  const telling: Telling = { id: item.id, dialect, account, options, extent, now: house.clock.now() }
  if (aside) return eventPlaceholder(event, telling)
  try {
    return eventOut(event, telling)
  } catch (thrown) {
    call.trace.note('placeholder', { item: item.id })
    // Neither the error's words, which may quote the event, nor anything else of its content.
    const kind = thrown instanceof Error ? thrown.name : typeof thrown
    house.log.error({ account: account.id, item: item.id, kind }, 'event could not be rendered')
    return eventPlaceholder(event, telling)
  }
}

function decoded(data: Deferred, { dialect }: Call): EventChange {
  return resolve(data, EventChange, dialect.version)
}

/** An occurrence goes by the clock of its series: so does Exchange answer (EAS-4-TbSync). */
function checkInstance({ Timezone, Recurrence, Exceptions }: EventChange): void {
  if (Timezone !== undefined) throw new Failure('ItemMalformed', 'a zone of one occurrence')
  if (Recurrence !== undefined && Recurrence !== null) throw new Failure('ItemMalformed', 'an occurrence that repeats')
  if (Exceptions !== undefined && Exceptions !== null) throw new Failure('ItemMalformed', 'exceptions of an occurrence')
}

export const calendar: ItemClassRules = {
  class: 'Calendar',
  // MS-ASCMD 2.2.3.68.2: everything, or the last two weeks to six months.
  filterTypes: [0, 4, 5, 6, 7],

  render: (item, rendering, _mailbox, call) => Promise.resolve(bind(EventData, render(item, rendering, call))),

  itemBytesMax: (options) => headBytes + recordBodyBytesMax(options),

  async prepareAdd(data, folder, identity, call) {
    const terms = termsOf(call, null, defaultOptions)
    return adding(decoded(data, call), folder, identity, terms, call)
  },

  async prepareChange(target, data, call) {
    const sent = decoded(data, call)
    if (target.instance !== null) checkInstance(sent)
    return changing(target, sent, termsOf(call, target.supported, target.options), call)
  },

  async prepareDelete(target, how, call) {
    if (target.instance === null) return deleting(target, how, call)
    return deletingInstance(target, termsOf(call, target.supported, target.options), call)
  },
}
