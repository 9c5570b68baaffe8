// GetItemEstimate: how many changes the next Sync of a collection would bring, by the key it would be asked with.
import type { ItemClass } from '../../model/folder.ts'
import { idLengthMax, initialKey, rootFolder, type FolderId, type SyncKey } from '../../model/id.ts'
import type { Mailbox } from '../../store/mailbox.ts'
import type { SyncState } from '../../store/sync-state.ts'
import { ledgerOf, open, positionOf, UnknownKey, type Opened } from '../../sync/collection.ts'
import { estimate } from '../../sync/round.ts'
import { cutOf } from '../../sync/window.ts'
import { AirSync, GetItemEstimate } from '../../wbxml/pages.ts'
import { as, bool, container, integer, many, optional, text, type Encodable, type Infer } from '../../wbxml/schema.ts'
import type { ItemClassRules } from '../classes/class.ts'
import { rulesOf, shownClass } from '../classes/index.ts'
import type { Call } from '../command.ts'
import { command, reply } from '../define.ts'
import { Failure } from '../error.ts'
import { quirksOf } from '../quirks.ts'

/** MS-ASCMD 2.2.3.68.1: 9 and above are Status 103, what does not fit the class is 110. */
const FilterType = integer(AirSync.FilterType, { min: 0, max: 8 })

/** MS-ASCMD 2.2.1.9. Up to 12.1 Class and FilterType stand in the Collection, from 14.0 in Options; both are read in all versions. */
const RequestCollection = container(GetItemEstimate.Collection, [
  text(AirSync.SyncKey),
  optional(text(GetItemEstimate.CollectionId)),
  optional(text(GetItemEstimate.Class)),
  optional(as('AirSyncClass', text(AirSync.Class))),
  optional(FilterType),
  optional(bool(AirSync.ConversationMode)),
  many(container(AirSync.Options, [optional(text(AirSync.Class)), optional(FilterType), optional(integer(AirSync.MaxItems))])),
])
type RequestCollection = Infer<typeof RequestCollection>

const GetItemEstimateRequest = container(GetItemEstimate.GetItemEstimate, [
  container(GetItemEstimate.Collections, [many(RequestCollection)]),
])

const GetItemEstimateResponse = container(GetItemEstimate.GetItemEstimate, [
  optional(integer(GetItemEstimate.Status)),
  many(
    container(GetItemEstimate.Response, [
      integer(GetItemEstimate.Status),
      optional(container(GetItemEstimate.Collection, [text(GetItemEstimate.CollectionId), optional(integer(GetItemEstimate.Estimate))])),
    ]),
  ),
])
type CollectionResponse = NonNullable<Encodable<typeof GetItemEstimateResponse>['Response']>[number]

/** MS-ASCMD 2.2.3.177.7, of one collection. */
const status = { success: 1, badCollection: 2, notPrimed: 3, badKey: 4 } as const

/** MS-ASCMD 3.1.5.10: Status 103 beyond it. */
const collectionsMax = 1000
/** MS-ASCMD 2.2.3.125.2: so many are counted where the request names no Options. */
const plainEstimateMax = 512
/** Phones draw a progress bar with it: counting on costs more than the bar gains. */
const estimateMax = 10_000
/** Of one request; a collection that comes after that is told to have something, and not how much. */
const totalMax = 50_000

export const getItemEstimate = command({
  name: 'GetItemEstimate',
  request: GetItemEstimateRequest,
  response: GetItemEstimateResponse,
  statuses: {},
  failed: (number) => ({ Status: number }),
  run: async (request, call) => {
    const collections = request?.Collections.Collection ?? []
    if (collections.length === 0) throw new Failure('InvalidXML', 'no collection')
    if (collections.length > collectionsMax) throw new Failure('InvalidXML', `${collections.length} collections`)
    const mailbox = await call.house.store.mailbox(call.account.id)
    const state = await call.house.store.syncState(call.account.id, call.device.id)
    const responses: CollectionResponse[] = []
    let left = totalMax
    for (const collection of collections) {
      const CollectionId = collection.CollectionId ?? ''
      const found = await look(collection, mailbox, state, Math.max(1, left), call)
      if (typeof found !== 'number') left -= found.estimate
      const Collection = { CollectionId, ...(typeof found === 'number' ? {} : { Estimate: found.estimate }) }
      responses.push({ Status: typeof found === 'number' ? found : status.success, Collection })
    }
    return reply({ Response: responses })
  },
})

/** The estimate, or the Status that says why there is none. */
async function look(
  collection: RequestCollection,
  mailbox: Mailbox,
  state: SyncState,
  most: number,
  call: Call,
): Promise<{ estimate: number } | number> {
  const id = (collection.CollectionId ?? '') as FolderId
  const folder = id === rootFolder ? null : await mailbox.folder(id)
  const itemClass = folder === null ? null : shownClass(folder.type, call.dialect)
  const rules = itemClass === null ? null : rulesOf(itemClass)
  if (rules === null) return status.badCollection
  // MS-ASCMD 2.2.3.103.1: only the recipient cache counts items.
  if (collection.Options.some((options) => options.MaxItems !== undefined)) return status.badCollection
  // MS-ASCMD 2.2.3.36.1.
  if (collection.ConversationMode !== undefined && rules.class !== 'Email') throw new Failure('InvalidXML', 'ConversationMode without mail')
  // MS-ASCMD 2.2.3.27.2: nothing but text messages goes along with mail.
  const classes = [collection.Class, collection.AirSyncClass, ...collection.Options.map((options) => options.Class)]
  if (classes.some((one) => one !== undefined && one !== rules.class && one !== 'SMS')) return status.badKey
  const asked = filterOf(collection, rules)
  if (collection.SyncKey === initialKey || (await state.generations(id)).length === 0) return status.notPrimed
  const opened = await openByKey(state, id, collection.SyncKey, call)
  if (opened === null) return quirksOf(call.device).estimateDespiteKey ? { estimate: 1 } : status.badKey
  const limit = Math.min(most, collection.Options.length === 0 && collection.FilterType === undefined ? plainEstimateMax : estimateMax)
  // What was asked before stays in force, as in Sync: the two must not disagree, or the phone runs in circles.
  return { estimate: await count(opened, id, rules.class, asked ?? opened.record.options.filterType, limit, mailbox, call) }
}

/** The FilterType for the folder's own class, wherever it stands; undefined where there is none. */
function filterOf(collection: RequestCollection, rules: ItemClassRules): number | undefined {
  const options = collection.Options.find(({ Class }) => Class === undefined || Class === rules.class)
  const filterType = options?.FilterType ?? collection.FilterType
  if (filterType !== undefined && !rules.filterTypes.includes(filterType)) {
    throw new Failure('ServerError', `FilterType ${filterType} of ${rules.class}`)
  }
  return filterType
}

async function openByKey(state: SyncState, id: FolderId, key: string, call: Call): Promise<Opened | null> {
  if (key.length > idLengthMax) return null
  try {
    return await open(state, id, key as SyncKey, call.house.clock.now())
  } catch (thrown) {
    if (thrown instanceof UnknownKey) return null
    throw thrown
  }
}

async function count(
  opened: Opened,
  id: FolderId,
  itemClass: ItemClass,
  filterType: number,
  limit: number,
  mailbox: Mailbox,
  call: Call,
): Promise<number> {
  const { clock } = call.house
  const cut = cutOf(filterType, clock.now())
  return estimate(
    {
      feed: mailbox.items(id, itemClass),
      ledger: ledgerOf(opened),
      position: positionOf(opened),
      cut,
      modseq: () => mailbox.modseq(),
      clock,
    },
    limit,
    true,
  )
}
