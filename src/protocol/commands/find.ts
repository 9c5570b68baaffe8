// Find (16.1, MS-ASCMD 2.2.1.2): the search of newer phones, over mail and people, paged under one SearchId.
import { AirSync, Email, Email2, Find, ItemOperations } from '../../wbxml/pages.ts'
import {
  bind,
  bool,
  container,
  dateTime,
  deferred,
  emptyOr,
  flag,
  integer,
  many,
  optional,
  text,
  type Encodable,
  type Infer,
} from '../../wbxml/schema.ts'
import { emailOf, type Item } from '../../model/item.ts'
import { attachments } from '../../format/body.ts'
import { previewOf } from '../classes/body.ts'
import { addressList, displayNames } from '../classes/mail-data.ts'
import { personFields, personOf } from '../classes/person.ts'
import type { Call } from '../command.ts'
import { command, reply } from '../define.ts'
import { commonStatus, Failure } from '../error.ts'
import { searchTerms } from '../free-text.ts'
import { foldersOf, resultsMax, searchItems } from '../mailbox-search.ts'
import { checkAllowance, findPeople } from '../people.ts'
import { Album } from '../pictures.ts'
import { formatRange, parseRange, type Range } from '../range.ts'

/** MS-ASCMD 2.2.3.143.1: 0 to 999. */
const rangeEnd = 999
const previewCharsMax = 255
const [later] = commonStatus.ServerErrorRetryLater
/** A GUID has 36 characters. */
const searchIdCharsMax = 256

const Criterion = container(Find.MailBoxSearchCriterion, [
  container(Find.Query, [optional(text(AirSync.Class)), optional(text(AirSync.CollectionId)), optional(text(Find.FreeText))]),
  optional(container(Find.Options, [optional(text(Find.Range)), flag(Find.DeepTraversal)])),
])

const Picture = emptyOr(
  container(Find.Picture, [optional(integer(Find.MaxSize, { min: 0 })), optional(integer(Find.MaxPictures, { min: 0 }))]),
)
const PeopleCriterion = container(Find.GalSearchCriterion, [
  text(Find.Query),
  optional(container(Find.Options, [optional(text(Find.Range)), optional(Picture)])),
])

const FindRequest = container(Find.Find, [
  text(Find.SearchId),
  container(Find.ExecuteSearch, [optional(Criterion), optional(PeopleCriterion)]),
])

const FoundMail = container(Find.Properties, [
  text(Email.Subject),
  dateTime(Email.DateReceived),
  optional(text(Email.DisplayTo)),
  optional(text(Find.DisplayCc)),
  optional(text(Find.DisplayBcc)),
  integer(Email.Importance),
  bool(Email.Read),
  bool(Email2.IsDraft),
  optional(text(Find.Preview)),
  bool(Find.HasAttachments),
  optional(text(Email.From)),
])
const FoundPerson = container(Find.Properties, personFields)

const Result = container(Find.Result, [
  optional(text(AirSync.Class)),
  optional(text(AirSync.ServerId)),
  optional(text(AirSync.CollectionId)),
  deferred(Find.Properties),
])

const Found = container(Find.Response, [
  optional(text(ItemOperations.Store)),
  integer(Find.Status),
  optional(many(Result)),
  optional(text(Find.Range)),
  optional(integer(Find.Total)),
])
type Found = Encodable<typeof Found>

const FindResponse = container(Find.Find, [integer(Find.Status), optional(Found)])

export const find = command({
  name: 'Find',
  since: '16.1',
  request: FindRequest,
  response: FindResponse,
  // MS-ASCMD 2.2.3.177.2. An address book that does not answer has no number there: the common "later".
  statuses: { ProtocolError: 2, HierarchyChanged: 3, EndOfRange: 4, CannotConnect: later, TimedOut: later },
  // 4 is said of the response, and of nothing else.
  failed: (status) => (status === 4 ? { Status: 1, Response: { Store: 'Mailbox', Status: 4 } } : { Status: status }),
  run: async (request, call) => {
    if (request === null) throw new Failure('ProtocolError', 'no search')
    const { asked, run } = searchOf(request.ExecuteSearch, call)
    if (request.SearchId.length > searchIdCharsMax) throw new Failure('ProtocolError', 'a SearchId that nobody needs')
    const range = rangeOf(asked)
    await continueSearch(request.SearchId, range, call)
    return reply({ Status: 1, Response: await run(range) })
  },
})

type Criteria = Infer<typeof FindRequest>['ExecuteSearch']

/** The search of one criterion, and the Range it asks for. */
function searchOf({ MailBoxSearchCriterion: mail, GalSearchCriterion: people }: Criteria, call: Call) {
  if (mail !== undefined && people === undefined) return { asked: mail.Options?.Range, run: (range: Range) => findMail(mail, range, call) }
  if (people !== undefined && mail === undefined)
    return { asked: people.Options?.Range, run: (range: Range) => searchPeople(people, range, call) }
  throw new Failure('ProtocolError', 'one criterion is wanted')
}

function rangeOf(asked: string | undefined): Range {
  if (asked === undefined || asked === '') return { from: 0, to: resultsMax - 1 }
  const range = parseRange(asked)
  if (range === null || range.to > rangeEnd) throw new Failure('ProtocolError', 'a Range that is none')
  return range
}

/** A search begins at 0; only one that did may go on elsewhere (Status 4). Remembered per device, so that any node can go on. */
async function continueSearch(id: string, range: Range, call: Call): Promise<void> {
  const { devices } = call.house.store
  const known = await devices.recall(call.account.id, call.device.id, 'find')
  if (known === id) return
  if (range.from !== 0) throw new Failure('EndOfRange', 'a new search that does not begin at 0')
  await devices.remember(call.account.id, call.device.id, 'find', id)
}

async function findMail({ Query, Options }: Infer<typeof Criterion>, range: Range, call: Call): Promise<Found> {
  const terms = searchTerms(Query.FreeText ?? '')
  const mailbox = await call.house.store.mailbox(call.account.id)
  const named = Query.CollectionId === undefined || Query.CollectionId === '' ? [] : [Query.CollectionId]
  const folders = await foldersOf(mailbox, named, Options?.DeepTraversal === true)
  const isMail = Query.Class === undefined || Query.Class === 'Email'
  if (terms.length === 0 || !isMail) return page([], range.from, 0)
  const query = { class: 'Email', text: terms, folders, after: null, before: null, conversation: null } as const
  const { items, total } = await searchItems(mailbox, query, range)
  const results = items.map((item) => ({
    Class: 'Email',
    ServerId: item.id,
    CollectionId: item.folder,
    Properties: bind(FoundMail, mailProperties(item)),
  }))
  return page(results, range.from, total)
}

function mailProperties(item: Item): Encodable<typeof FoundMail> {
  const { envelope, state, received } = emailOf(item)
  const filled = { DisplayTo: displayNames(envelope.to), DisplayCc: displayNames(envelope.cc), DisplayBcc: displayNames(envelope.bcc) }
  const names = Object.fromEntries(Object.entries(filled).filter(([, value]) => value !== ''))
  const preview = previewOf(envelope, previewCharsMax)
  const from = addressList(envelope.from)
  return {
    Subject: envelope.subject,
    DateReceived: received,
    ...names,
    Importance: envelope.importance,
    Read: state.read,
    IsDraft: state.draft,
    ...(preview === '' ? {} : { Preview: preview }),
    HasAttachments: attachments(envelope.structure).length > 0,
    ...(from === '' ? {} : { From: from }),
  }
}

async function searchPeople({ Query, Options }: Infer<typeof PeopleCriterion>, range: Range, call: Call): Promise<Found> {
  checkAllowance(call)
  const { entries, total } = await findPeople(Query.trim(), range, call)
  const pictures = await new Album(Options?.Picture, call).of(entries)
  const results = entries.map((entry, index) => ({ Properties: bind(FoundPerson, personOf(entry, pictures[index])) }))
  return page(results, range.from, total)
}

/** MS-ASCMD 2.2.3.155.1: no Result where nothing was found. */
function page(results: NonNullable<Found['Result']>, from: number, total: number): Found {
  const range = results.length === 0 ? {} : { Result: results, Range: formatRange({ from, to: from + results.length - 1 }) }
  return { Store: 'Mailbox', Status: 1, ...range, Total: total }
}
