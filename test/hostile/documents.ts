// Documents for every command: sound ones, and what dice make of them.
import { commandCodes, type CommandName } from '../../src/protocol/command.ts'
import { tagOf } from '../../src/wbxml/pages.ts'
import type { Phone } from '../support/phone.ts'
import type { Dice } from '../support/random.ts'
import { el, write, type Node } from '../support/wire.ts'

export const commandNames = Object.keys(commandCodes) as CommandName[]

const names = Array.from({ length: 26 << 8 }, (_, key) => tagOf(key)).flatMap((tag) =>
  tag === undefined ? [] : [`${tag.namespace}:${tag.name}`],
)
const pageOf = (name: string) => name.slice(0, name.indexOf(':'))

const mime = (text: string) => `From: alice@example.test\r\nTo: bob@example.test\r\nSubject: x\r\n\r\n${text}\r\n`

/** The ids and keys a phone has at hand. */
function possessions(phone: Phone, dice: Dice) {
  const inbox = phone.collection('Inbox')
  return {
    inbox,
    box: phone.folder('Inbox').id,
    drafts: phone.folder('Drafts').id,
    trash: phone.folder('Deleted Items').id,
    item: dice.pick([...inbox.items.keys(), '1:1']),
    any: dice.pick([...phone.folders.keys(), '0', 'RI']),
  }
}

const sync = (key: string, id: string, rest: Node[] = [], tail: Node[] = []) =>
  el('AirSync:Sync', [
    el('AirSync:Collections', [el('AirSync:Collection', [el('AirSync:SyncKey', key), el('AirSync:CollectionId', id), ...rest])]),
    ...tail,
  ])

function syncs(phone: Phone, dice: Dice): readonly (() => Node)[] {
  const { inbox, box, drafts, item } = possessions(phone, dice)
  const preference = el('AirSyncBase:BodyPreference', [
    el('AirSyncBase:Type', dice.pick(['1', '2', '4'])),
    el('AirSyncBase:TruncationSize', '500'),
    el('AirSyncBase:AllOrNone', '1'),
  ])
  const options = el('AirSync:Options', [
    el('AirSync:FilterType', '3'),
    el('AirSync:MIMESupport', '2'),
    el('AirSync:MIMETruncation', '8'),
    preference,
  ])
  const flag = el('Email:Flag', [
    el('Email:Status', '2'),
    el('Email:FlagType', 'Flag for follow up'),
    ...['StartDate', 'DueDate', 'UtcStartDate', 'UtcDueDate', 'ReminderTime'].map((name) =>
      el(`Tasks:${name}`, '2026-03-03T09:00:00.000Z'),
    ),
    el('Tasks:ReminderSet', '1'),
  ])
  const changes = [
    el('AirSync:Change', [
      el('AirSync:ServerId', item),
      el('AirSync:ApplicationData', [el('Email:Read', '1'), flag, el('Email:Categories', [el('Email:Category', 'x')])]),
    ]),
    el('AirSync:Fetch', [el('AirSync:ServerId', item)]),
    el('AirSync:Delete', [el('AirSync:ServerId', '1:zz')]),
  ]
  const file = el('AirSyncBase:Add', [
    el('AirSyncBase:ClientId', 'a'),
    el('AirSyncBase:Content', Buffer.from('hello')),
    el('AirSyncBase:Method', '1'),
    el('AirSyncBase:DisplayName', 'a.txt'),
    el('AirSyncBase:ContentId', 'cid'),
  ])
  const draft = el('AirSync:Add', [
    el('AirSync:ClientId', String(dice.between(0, 1_000_000))),
    el('AirSync:ApplicationData', [
      el('Email:To', 'bob@example.test'),
      el('Email:Subject', 'draft'),
      el('Email:Importance', '1'),
      el('AirSyncBase:Body', [el('AirSyncBase:Type', dice.pick(['1', '2', '4'])), el('AirSyncBase:Data', dice.pick([mime('x'), 'hello']))]),
      el('AirSyncBase:Attachments', [file]),
      ...(dice.chance(0.5) ? [el('Email2:Send')] : []),
    ]),
  ])
  const pause = el(dice.pick(['AirSync:Wait', 'AirSync:HeartbeatInterval']), '60')
  return [
    () =>
      sync(inbox.key, box, [
        el('AirSync:DeletesAsMoves', '1'),
        el('AirSync:GetChanges', '1'),
        el('AirSync:WindowSize', '10'),
        options,
        el('AirSync:Commands', changes),
      ]),
    () => sync(phone.collection('Drafts').key, drafts, [el('AirSync:Commands', [draft])]),
    () => sync(inbox.key, box, [], [pause, el('AirSync:WindowSize', '3'), el('AirSync:Partial')]),
  ]
}

function searches(phone: Phone, dice: Dice): readonly (() => Node)[] {
  const { box } = possessions(phone, dice)
  const after = el('Search:GreaterThan', [el('Email:DateReceived'), el('Search:Value', '2020-01-01T00:00:00.000Z')])
  const conditions = [el('AirSync:Class', 'Email'), el('AirSync:CollectionId', box), el('Search:FreeText', 'message'), after]
  const options = el('Search:Options', [el('Search:Range', '0-9'), el('Search:DeepTraversal'), el('Search:RebuildResults')])
  const store = (name: string, query: Node) => el('Search:Search', [el('Search:Store', [el('Search:Name', name), query, options])])
  return [() => store('Mailbox', el('Search:Query', [el('Search:And', conditions)])), () => store('GAL', el('Search:Query', 'bob'))]
}

function itemOperations(phone: Phone, dice: Dice): Node {
  const { box, item, trash } = possessions(phone, dice)
  const store = el('ItemOperations:Store', 'Mailbox')
  const options = el('ItemOperations:Options', [
    el('AirSync:MIMESupport', '2'),
    el('AirSyncBase:BodyPreference', [el('AirSyncBase:Type', '4')]),
    el('ItemOperations:Range', '0-5'),
  ])
  return el('ItemOperations:ItemOperations', [
    el('ItemOperations:Fetch', [store, el('AirSync:CollectionId', box), el('AirSync:ServerId', item), options]),
    el('ItemOperations:Fetch', [store, el('AirSyncBase:FileReference', `${item}:1`)]),
    el('ItemOperations:EmptyFolderContents', [
      el('AirSync:CollectionId', trash),
      el('ItemOperations:Options', [el('ItemOperations:DeleteSubFolders')]),
    ]),
    el('ItemOperations:Move', [
      el('ItemOperations:ConversationId', Buffer.alloc(16)),
      el('ItemOperations:DstFldId', trash),
      el('ItemOperations:Options', [el('ItemOperations:MoveAlways')]),
    ]),
  ])
}

/** A sound document of a command, as this phone could send it; null for a command that has none here. */
export function soundDocument(command: CommandName, phone: Phone, dice: Dice): Node | null {
  const { inbox, box, item, any, trash } = possessions(phone, dice)
  const tree = (rest: Node[]) => el(`FolderHierarchy:${command}`, [el('FolderHierarchy:SyncKey', phone.folderKey), ...rest])
  const clientId = el('ComposeMail:ClientId', `c${dice.between(0, 1_000_000)}`)
  const named = el('FolderHierarchy:DisplayName', `f${dice.between(0, 1_000_000)}`)
  const ofTree = (name: string) => el(`FolderHierarchy:${name}`, any)
  switch (command) {
    case 'Sync':
      return dice.pick(syncs(phone, dice))()
    case 'SendMail':
      return el('ComposeMail:SendMail', [clientId, el('ComposeMail:SaveInSentItems'), el('ComposeMail:Mime', Buffer.from(mime('x')))])
    case 'SmartForward':
    case 'SmartReply': {
      const source = el('ComposeMail:Source', [el('ComposeMail:FolderId', box), el('ComposeMail:ItemId', item)])
      return el(`ComposeMail:${command}`, [
        clientId,
        el('ComposeMail:SaveInSentItems'),
        source,
        el('ComposeMail:Mime', Buffer.from(mime('x'))),
      ])
    }
    case 'FolderSync':
      return tree([])
    case 'FolderCreate':
      return tree([ofTree('ParentId'), named, el('FolderHierarchy:Type', '12')])
    case 'FolderDelete':
      return tree([ofTree('ServerId')])
    case 'FolderUpdate':
      return tree([ofTree('ServerId'), ofTree('ParentId'), named])
    case 'MoveItems':
      return el('Move:MoveItems', [el('Move:Move', [el('Move:SrcMsgId', item), el('Move:SrcFldId', box), el('Move:DstFldId', trash)])])
    case 'GetItemEstimate': {
      const options = el('AirSync:Options', [el('AirSync:FilterType', '2'), el('AirSync:Class', 'Email')])
      const collection = el('GetItemEstimate:Collection', [
        el('AirSync:SyncKey', inbox.key),
        el('GetItemEstimate:CollectionId', box),
        options,
      ])
      return el('GetItemEstimate:GetItemEstimate', [el('GetItemEstimate:Collections', [collection])])
    }
    case 'Search':
      return dice.pick(searches(phone, dice))()
    case 'Settings':
      return el('Settings:Settings', [
        el('Settings:Oof', [el('Settings:Get', [el('Settings:BodyType', 'HTML')])]),
        phone.deviceInformation(),
        el('Settings:UserInformation', [el('Settings:Get')]),
        el('Settings:DevicePassword', [el('Settings:Set', [el('Settings:Password', '1234')])]),
      ])
    case 'Ping':
      return el('Ping:Ping', [
        el('Ping:HeartbeatInterval', '60'),
        el('Ping:Folders', [el('Ping:Folder', [el('Ping:Id', box), el('Ping:Class', 'Email')])]),
      ])
    case 'ItemOperations':
      return itemOperations(phone, dice)
    case 'Provision': {
      const key = dice.chance(0.5) ? [el('Provision:PolicyKey', String(phone.policyKey)), el('Provision:Status', '1')] : []
      const policy = el('Provision:Policy', [el('Provision:PolicyType', 'MS-EAS-Provisioning-WBXML'), ...key])
      return el('Provision:Provision', [phone.deviceInformation(), el('Provision:Policies', [policy])])
    }
    case 'Find': {
      const query = el('Find:Query', [el('AirSync:Class', 'Email'), el('AirSync:CollectionId', box), el('Find:FreeText', 'text')])
      const criterion = el('Find:MailBoxSearchCriterion', [query, el('Find:Options', [el('Find:Range', '0-9'), el('Find:DeepTraversal')])])
      return el('Find:Find', [el('Find:SearchId', 'abc'), el('Find:ExecuteSearch', [criterion])])
    }
    default:
      return null
  }
}

/** What stands in an element of a hostile document: sound values in the wrong place, and values that are sound nowhere. */
function anyValue(phone: Phone, dice: Dice): string | Buffer | null {
  const { inbox, item, any } = possessions(phone, dice)
  return dice.pick<string | Buffer | null>([
    ...['0', '1', '2', '4', '-1', '512', '4294967295', '4294967296', '99999999999999999999', '1e9', '0x10', 'NaN', ''],
    ...[
      '2026-03-03T09:00:00.000Z',
      '0000-00-00T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
      '20260303T090000Z',
      '0-4294967295',
      '5-2',
      '-1-5',
    ],
    ...[
      '../../etc/passwd',
      "'; drop table items; --",
      '%_',
      '"*"',
      '\ufffd\u0001\u000b',
      '💩'.repeat(30),
      'x'.repeat(dice.between(0, 5000)),
    ],
    ...['Inbox', 'Mailbox', 'GAL', 'Email', 'Calendar', 'SMS', 'RI', 'T', 'MS-EAS-Provisioning-WBXML'],
    ...[Buffer.from([0, 1, 2, 0xff, 0xfe]), Buffer.alloc(0), Buffer.from('a\0b'), null],
    ...[inbox.key, phone.folderKey, String(phone.policyKey), item, `${item}:1`, any],
  ])
}

/** A tree of elements that belong together, mostly. */
export function randomDocument(root: string, phone: Phone, dice: Dice, depth = 5): Node {
  if (depth === 0 || (depth < 5 && dice.chance(0.45))) return { name: root, children: [], value: anyValue(phone, dice) }
  const own = names.filter((name) => pageOf(name) === pageOf(root))
  const children = Array.from({ length: dice.between(0, 4) }, () =>
    randomDocument(dice.chance(0.85) ? dice.pick(own) : dice.pick(names), phone, dice, depth - 1),
  )
  return { name: root, children, value: null }
}

/** The same document with something missing, doubled, added, swapped or said otherwise here and there. */
export function mutated(node: Node, phone: Phone, dice: Dice): Node {
  if (dice.chance(0.03)) return { ...node, children: [], value: anyValue(phone, dice) }
  const children = node.children.flatMap((child) => {
    const times = dice.chance(0.05) ? 0 : dice.chance(0.05) ? 2 : 1
    return Array.from({ length: times }, () => mutated(child, phone, dice))
  })
  if (dice.chance(0.04)) children.push(randomDocument(dice.pick(names), phone, dice, 2))
  if (dice.chance(0.04)) children.reverse()
  const value = node.children.length === 0 && dice.chance(0.15) ? anyValue(phone, dice) : node.value
  return { name: dice.chance(0.01) ? dice.pick(names) : node.name, children, value }
}

/** The bytes with some of them changed, or cut off. */
export function scrambled(bytes: Buffer, dice: Dice): Buffer {
  const copy = Buffer.from(bytes)
  for (let count = dice.between(1, 4); count > 0; count--) {
    const at = dice.between(0, copy.length - 1)
    if (dice.chance(0.1)) return copy.subarray(0, at)
    copy[at] = dice.chance(0.5) ? dice.between(0, 255) : (copy[at] ?? 0) ^ (1 << dice.between(0, 7))
  }
  return copy
}

/** One request's body, in any state of damage. */
export function hostileBody(command: CommandName, phone: Phone, dice: Dice): Buffer | null {
  if (dice.chance(0.02)) return null
  const sound = soundDocument(command, phone, dice)
  if (sound === null || dice.chance(0.25)) {
    const root = sound?.name ?? dice.pick(names)
    return write(randomDocument(root, phone, dice))
  }
  if (dice.chance(0.3)) return scrambled(write(sound), dice)
  return write(mutated(dice.chance(0.5) ? sound : mutated(sound, phone, dice), phone, dice))
}
