// The demo: two accounts with mail, calendar, contacts, tasks and notes in a store that was empty, so that there is something to see on the first phone.
import { createHash, createHmac } from 'node:crypto'
import { hashPassword, verifyPassword } from '../auth/password.ts'
import { addHeaders } from '../format/header-out.ts'
import { emailDraft } from '../mail/draft.ts'
import { headerDate } from '../mail/header-date.ts'
import { assemble, type Entity, fileEntity, multipart, textEntity } from '../mail/mime-writer.ts'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import { folderType } from '../model/folder.ts'
import type { Identity, Instant } from '../model/id.ts'
import type { ZoneId } from '../model/zone.ts'
import type { EmailDraft } from '../store/mailbox.ts'
import { recordDraft } from '../store/record.ts'
import type { Store } from '../store/store.ts'
import { demoDomain, demoMessages, people, type DemoMessage } from './demo-mail.ts'
import { demoRecords } from './demo-records.ts'

/** What somebody types into a phone. */
export interface DemoAccount {
  readonly address: string
  readonly password: string
}

/** Who logs in at the console of the demo. */
export interface DemoAdministrator {
  readonly name: string
  readonly password: string
}

const day = 86_400_000
const setting = 'demo'
const administratorSetting = 'demo.administrator'
const administratorName = 'admin'
const homes = {
  Calendar: folderType.calendar,
  Contacts: folderType.contacts,
  Tasks: folderType.tasks,
  Notes: folderType.notes,
} as const
const messageBytesMax = 64 * 1024 // ours are a few hundred bytes
const owners = [people.alice, people.bob].map((person) => ({
  address: addressOf(person),
  displayName: person.slice(0, person.indexOf(' <')),
}))

/**
 * Makes the demo in an empty store, or finds the one made earlier. Gives the accounts whose passwords are still the ones made
 * here; none where the store belongs to other accounts. What a killed start left half done is completed. `zone` is where they are.
 */
export async function openDemo(store: Store, clock: Clock, zone: ZoneId): Promise<readonly DemoAccount[]> {
  const state = await store.setting(setting)
  if (state === null) {
    if ((await store.accounts.list()).length > 0) return []
    // From here on the demo is ours to finish, and its dates stay the same.
    await store.setSetting(setting, String(clock.now()))
  }
  const secret = await store.secret(setting)
  if (state !== 'made') {
    const now = Number((await store.setting(setting)) ?? clock.now())
    for (const owner of owners) await fill(store, await open(store, secret, owner), now, zone)
    await store.setSetting(setting, 'made')
  }
  const found = await Promise.all(owners.map(({ address }) => recall(store, secret, address)))
  return found.filter((account) => account !== null)
}

/**
 * Makes an administrator for the demo, once. Gives him as long as his password is the one made here; whoever removes him has others.
 */
export async function openDemoAdministrator(store: Store, clock: Clock): Promise<DemoAdministrator | null> {
  const password = passwordOf(await store.secret(setting), administratorName)
  if ((await store.setting(administratorSetting)) === null) {
    const isFirst = (await store.administrators.list()).length === 0
    if (isFirst) {
      const passwordHash = await hashPassword(password)
      await store.administrators.add({ name: administratorName, role: 'administrator', passwordHash, at: clock.now() })
    }
    await store.setSetting(administratorSetting, 'made')
  }
  const isHis = await verifyPassword(await store.administrators.passwordHash(administratorName), password)
  return isHis ? { name: administratorName, password } : null
}

/** Twelve letters and digits that cannot be taken for each other, made of this installation's secret. */
function passwordOf(secret: Uint8Array, address: string): string {
  const letters = 'abcdefghkmnpqrstuvwxyz23456789'
  const bytes = createHmac('sha256', secret).update(address).digest().subarray(0, 12)
  const text = Array.from(bytes, (byte) => letters[byte % letters.length]).join('')
  return text.replace(/(.{4})(?=.)/g, '$1-')
}

async function open(
  store: Store,
  secret: Uint8Array,
  { address, displayName }: { address: string; displayName: string },
): Promise<Account> {
  const known = await store.accounts.byAddress(address)
  if (known !== null) return known
  const passwordHash = await hashPassword(passwordOf(secret, address))
  return store.accounts.create({ addresses: [address], displayName, passwordHash })
}

async function recall(store: Store, secret: Uint8Array, address: string): Promise<DemoAccount | null> {
  const account = await store.accounts.byAddress(address)
  if (account === null || account.disabled) return null
  const password = passwordOf(secret, address)
  return (await verifyPassword(await store.accounts.passwordHash(account.id), password)) ? { address, password } : null
}

/** Puts each message where it would lie: Sent Items for who wrote it, the Inbox for who got it; and each record into its folder. */
async function fill(store: Store, account: Account, now: Instant, zone: ZoneId): Promise<void> {
  const own = demoMessages.flatMap((message) => {
    const isOwn = addressOf(message.from) === account.address
    const isFor = [...message.to, ...(message.cc ?? [])].some((person) => addressOf(person) === account.address)
    return isOwn || isFor ? [{ message, isOwn }] : []
  })
  // Written first: a unit of work waits for nothing but the store.
  const drafts = await Promise.all(own.map(async (each) => ({ ...each, draft: await draftOf(each.message, now, each.isOwn) })))
  const records = demoRecords(now, zone)
  const identityOf = (key: string) => createHash('sha256').update(`demo/${account.id}/${key}`).digest('base64url') as Identity
  await store.unit(async (unit) => {
    const mailbox = await unit.mailbox(account.id)
    const inbox = await mailbox.defaultFolder(folderType.inbox)
    const sent = await mailbox.defaultFolder(folderType.sentItems)
    for (const { message, isOwn, draft } of drafts) {
      await mailbox.create(isOwn ? sent.id : inbox.id, draft, identityOf(message.key))
    }
    for (const { key, content } of records) {
      const folder = await mailbox.defaultFolder(homes[content.class])
      await mailbox.create(folder.id, recordDraft(content), identityOf(`record/${key}`))
    }
  })
}

async function draftOf(message: DemoMessage, now: Instant, isOwn: boolean): Promise<EmailDraft> {
  // Dates of mail are in whole seconds.
  const received = Math.floor((now - message.daysAgo * day) / 1000) * 1000
  const draft = emailDraft(await sourceOf(message, received), { received, read: isOwn || message.unread !== true })
  return message.flagged === true && !isOwn
    ? { ...draft, state: { ...draft.state, flag: { status: 2, type: 'Flag for follow up' } } }
    : draft
}

function addressOf(person: string): string {
  return /<([^>]+)>/.exec(person)?.[1] ?? person
}

const idOf = (key: string) => `<${key}@${demoDomain}>`

/** The keys a message answers, the first of the thread first. */
function threadOf(key: string | undefined): string[] {
  const earlier = demoMessages.find((message) => message.key === key)
  return earlier === undefined ? [] : [...threadOf(earlier.answers), earlier.key]
}

/** The readable part, with the picture it shows. */
function readableOf({ text, html, picture, encoded }: DemoMessage): Entity {
  const head = encoded && `Content-Type: text/plain; charset=${encoded.charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n`
  const plain = encoded ? [Buffer.from(`${head}${encoded.base64.replace(/.{76}(?=.)/g, '$&\r\n')}`)] : textEntity('plain', text)
  if (html === undefined) return plain
  const shown = textEntity('html', html)
  if (picture === undefined) return multipart('alternative', [plain, shown])
  const { cid, base64, ...rest } = picture
  const image = fileEntity({ ...rest, content: Buffer.from(base64, 'base64'), inline: true, contentId: cid, contentLocation: null })
  return multipart('alternative', [plain, multipart('related', [shown, image])])
}

async function sourceOf(message: DemoMessage, at: Instant): Promise<Uint8Array> {
  const { key, from, to, cc, subject, attachment, answers } = message
  const fields: readonly (readonly [name: string, value: string])[] = [
    ['From', from],
    ['To', to.join(', ')],
    ...(cc === undefined ? [] : [['Cc', cc.join(', ')] as const]),
    ['Subject', subject],
    ['Date', headerDate(at)],
    ['Message-ID', idOf(key)],
    ...(answers === undefined
      ? []
      : [['In-Reply-To', idOf(answers)] as const, ['References', threadOf(answers).map(idOf).join(' ')] as const]),
    ['MIME-Version', '1.0'],
  ]
  const readable = readableOf(message)
  const file = attachment === undefined ? null : { ...attachment, content: Buffer.from(attachment.content, 'utf8') }
  const whole =
    file === null
      ? readable
      : multipart('mixed', [readable, fileEntity({ ...file, inline: false, contentId: null, contentLocation: null })])
  return addHeaders(await assemble(whole, messageBytesMax), fields)
}
