// Search: items of the mailbox, people of the directory.
import { defaultOptions, type CollectionOptions } from '../../model/collection.ts'
import { itemClasses, type ItemClass } from '../../model/folder.ts'
import type { Query } from '../../store/mailbox.ts'
import { Search } from '../../wbxml/pages.ts'
import { bind, boundAs, resolve, type Deferred } from '../../wbxml/schema.ts'
import { isServed, rulesOf } from '../classes/index.ts'
import { personOf } from '../classes/person.ts'
import type { Call } from '../command.ts'
import { contentOptions } from '../content-options.ts'
import { command, reply } from '../define.ts'
import { Failure, type FailureName } from '../error.ts'
import { searchTerms } from '../free-text.ts'
import { foldersOf, reachMax, resultsMax, searchItems } from '../mailbox-search.ts'
import { checkAllowance, findPeople, peopleMax } from '../people.ts'
import { Album } from '../pictures.ts'
import { formatRange, parseRange, type Range } from '../range.ts'
import { isShown, shownBytes } from '../shown.ts'
import { DirectoryQuery, FoundPerson, MailboxQuery, SearchRequest, SearchResponse } from './search/schema.ts'
import type { Conditions, Result, SearchOptions, StoreResult } from './search/schema.ts'

/** MS-ASCMD 2.2.3.177.13, of the store. */
const statuses: Readonly<Partial<Record<FailureName, number>>> = {
  ProtocolError: 2,
  CommandServerError: 3,
  CannotConnect: 7,
  TooComplex: 8,
  TimedOut: 10,
  HierarchyChanged: 11,
  EndOfRange: 12,
  AccessDenied: 13,
}

/** MS-ASCMD 2.2.3.143.3: without a Range, the first hundred. */
const defaultRange: Range = { from: 0, to: resultsMax - 1 }

/** Without a preference for bodies, what a list of results shows. */
const listOptions: CollectionOptions = {
  ...defaultOptions,
  bodyPreferences: [{ type: 1, truncationSize: 512, allOrNone: false, preview: null }],
}

export const search = command({
  name: 'Search',
  request: SearchRequest,
  response: SearchResponse,
  statuses,
  // 1 and 3 are all that the root can say; what is wrong with the query stands in its store.
  failed: (status) => (status < 100 && status !== 3 ? { Status: 1, Response: { Store: { Status: status } } } : { Status: status }),
  run: async (request, call) => {
    if (request === null) throw new Failure('ProtocolError', 'no query')
    const { Name, Query, Options = null } = request.Store
    switch (Name.toLowerCase()) {
      case 'mailbox':
        return reply({ Status: 1, Response: { Store: await searchMailbox(Query, Options, call) } })
      case 'gal':
        return reply({ Status: 1, Response: { Store: await searchPeople(Query, Options, call) } })
      case 'documentlibrary':
        throw new Failure('AccessDenied', 'there is no document library')
      default:
        throw new Failure('ProtocolError', 'an unknown store')
    }
  },
})

function rangeOf(options: SearchOptions | null): Range {
  const asked = options?.Range
  if (asked === undefined || asked === '') return defaultRange
  const range = parseRange(asked)
  if (range === null) throw new Failure('ProtocolError', 'a Range that is none')
  if (range.from >= reachMax) throw new Failure('EndOfRange', `from ${range.from}`)
  return range
}

/** MS-ASCMD 2.2.3.10 and its kin: one And, and conditions nowhere else; everything else is too complex. */
function conditionsOf(query: Deferred, call: Call): Conditions {
  const { And, ...elsewhere } = resolve(query, MailboxQuery, call.dialect.version)
  const [conditions, ...more] = And
  if (more.length > 0 || Object.keys(elsewhere).length > 0) throw new Failure('TooComplex', 'conditions outside of one And')
  if (conditions === undefined) throw new Failure('ProtocolError', 'a query without conditions')
  // MS-ASTASK 3.2.5.2 and its kin.
  if (Object.keys(conditions).some((name) => name.includes(':'))) throw new Failure('ProtocolError', 'elements of a class')
  if (conditions.And === true || conditions.Or === true || conditions.EqualTo === true) throw new Failure('TooComplex', 'nested conditions')
  return conditions
}

/** The latest of several lower bounds, the earliest of several upper ones; null for none. */
function bound(values: readonly { readonly Value: number }[], choose: (...values: number[]) => number): number | null {
  return values.length === 0 ? null : choose(...values.map((one) => one.Value))
}

/** MS-ASCMD 2.2.3.27.4: the classes that are named, and all there are where none is. */
function classesOf(named: readonly string[], { dialect }: Call): ItemClass[] {
  return itemClasses.filter((one) => isServed(one, dialect) && (named.length === 0 || named.includes(one)))
}

async function searchMailbox(element: Deferred, options: SearchOptions | null, call: Call): Promise<StoreResult> {
  const range = rangeOf(options)
  const wanted = conditionsOf(element, call)
  const [conversation = null, ...others] = wanted.ConversationId
  // MS-ASCMD 2.2.3.35.2.
  if (others.length > 0) throw new Failure('ProtocolError', 'several conversations')
  const text = wanted.FreeText.flatMap(searchTerms)
  const after = bound(wanted.GreaterThan, Math.max)
  const before = bound(wanted.LessThan, Math.min)
  if (text.length === 0 && conversation === null && after === null && before === null)
    throw new Failure('ProtocolError', 'nothing to look for')
  const mailbox = await call.house.store.mailbox(call.account.id)
  const folders = await foldersOf(mailbox, wanted.CollectionId, options?.DeepTraversal === true)
  // Only mail is received, and only mail belongs to conversations.
  const isOfMail = conversation !== null || after !== null || before !== null
  const classes = classesOf(wanted.Class, call).filter((one) => one === 'Email' || !isOfMail)
  if (classes.length === 0) return nothing
  const id = conversation === null ? null : Buffer.from(conversation).toString('hex')
  const [only, ...further] = classes
  const query: Query = {
    class: further.length === 0 && only !== undefined ? only : classes,
    text,
    folders,
    after,
    before,
    conversation: id,
  }
  const { items, total } = await searchItems(mailbox, query, range)
  if (total > 0 && range.from >= total) throw new Failure('EndOfRange', `from ${range.from} of ${total}`)
  const content = contentOptions(options)
  const shown =
    content.bodyPreferences.length === 0 && content.mimeSupport === 0 ? { ...listOptions, bodyPart: content.bodyPart ?? null } : content
  const results: Result[] = []
  let bytes = 0
  for (const item of items) {
    if (bytes >= call.house.limits.answerBytesMax) break
    const { class: Class } = item.content
    const found = await rulesOf(Class).render(item, { extent: 'add', options: shown, aside: false }, mailbox, call)
    bytes += isShown(found.value) ? shownBytes(found.value) : 0
    // The ServerId says everything that a LongId must.
    results.push({ Class, LongId: item.id, CollectionId: item.folder, Properties: boundAs(found, Search.Properties) })
  }
  return page(results, range.from, total)
}

/** MS-ASCMD 2.2.3.143.3: of people the first hundred can be had, and no more. */
async function searchPeople(element: Deferred, options: SearchOptions | null, call: Call): Promise<StoreResult> {
  const range = rangeOf(options)
  if (range.from >= peopleMax) throw new Failure('EndOfRange', `from ${range.from}`)
  const text = resolve(element, DirectoryQuery, call.dialect.version).trim()
  checkAllowance(call)
  const { entries, total } = await findPeople(text, { from: range.from, to: Math.min(range.to, peopleMax - 1) }, call)
  if (total > 0 && entries.length === 0) throw new Failure('EndOfRange', `from ${range.from} of ${total}`)
  const pictures = await new Album(options?.Picture, call).of(entries)
  const results = entries.map((entry, index) => ({ Properties: bind(FoundPerson, personOf(entry, pictures[index])) }))
  return page(results, range.from, total)
}

/** MS-ASCMD 2.2.3.155.2: one empty Result, with neither Range nor Total, says that nothing was found. */
const nothing: StoreResult = { Status: 1, Result: [{}] }

function page(results: readonly Result[], from: number, total: number): StoreResult {
  if (results.length === 0) return nothing
  return { Status: 1, Result: results, Range: formatRange({ from, to: from + results.length - 1 }), Total: total }
}
