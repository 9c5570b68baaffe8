// Every message of the reference corpus, in every body type, cut everywhere, in every version: rendered, encoded, read again, validated.
import { readFileSync } from 'node:fs'
import { isUtf8 } from 'node:buffer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emailDraft } from '../../../src/mail/draft.ts'
import { defaultOptions, type CollectionOptions } from '../../../src/model/collection.ts'
import type { Item } from '../../../src/model/item.ts'
import type { ServerId } from '../../../src/model/id.ts'
import { MailData } from '../../../src/protocol/classes/email-schema.ts'
import { renderMail } from '../../../src/protocol/classes/render-mail.ts'
import type { Call } from '../../../src/protocol/command.ts'
import { SyncResponse } from '../../../src/protocol/commands/sync/schema.ts'
import { bind, decode, encode } from '../../../src/wbxml/schema.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { describeWithReference, referenceFiles, referencePath } from '../../support/reference.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, one, read, textAt, type Node } from '../../support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const
const types = [1, 2, 4] as const
const limits = [0, 1, 100, 512, 32_768, null]

function optionsFor(type: (typeof types)[number], truncationSize: number | null): CollectionOptions {
  return {
    ...defaultOptions,
    mimeSupport: type === 4 ? 2 : 0,
    bodyPreferences: [{ type, truncationSize, allOrNone: false, preview: 100 }],
    bodyPart: { type: 2, truncationSize, allOrNone: false, preview: 100 },
  }
}

const dataOf = (body: Node | null): string => textAt(body, 'Data') ?? ''

describeWithReference('the mail corpus', () => {
  let desk: Desk
  let call: Call
  const items: Item[] = []
  const names = new Map<ServerId, string>()

  beforeAll(async () => {
    desk = await openDesk()
    call = await desk.call({ type: 'none', bytes: new Uint8Array(0) })
    for (const name of referenceFiles('mail', '.eml')) {
      const source = readFileSync(referencePath('mail', name))
      const { id } = await desk.mailbox.create(desk.inbox, emailDraft(source, { received: desk.clock.now(), read: false }), null)
      names.set(id, name)
    }
    items.push(...(await desk.mailbox.read([...names.keys()])).values())
  })

  afterAll(() => desk.close())

  test('has messages', () => {
    expect(items.length).toBeGreaterThan(50)
  })

  const cases = types.flatMap((type) => limits.map((limit) => [type, limit] as const))
  const answers: Answered[] = []

  test.each(cases)('renders whole in type %i cut at %s', async (type, limit) => {
    const options = optionsFor(type, limit)
    const adds = []
    for (const item of items) {
      const data = await renderMail(item, { extent: 'add', options, aside: false }, desk.mailbox, call)
      adds.push({ ServerId: item.id, ApplicationData: bind(MailData, data) })
    }
    for (const version of versions) {
      // The schemas know no Class in answers, which 12.1 has.
      const collection = { SyncKey: '1', CollectionId: '5', Status: 1, Commands: { Add: adds } }
      const bytes = encode(SyncResponse, { Collections: { Collection: [collection] } }, version)
      decode(SyncResponse, bytes, version)
      answers.push({ command: 'Sync', version, bytes })
      const told = all(read(bytes), 'Collections/Collection/Commands/Add')
      expect(told).toHaveLength(items.length)
      for (const add of told) {
        const name = names.get(textAt(add, 'ServerId') as ServerId)
        const mail = one(add, 'ApplicationData')
        const body = one(mail, 'AirSyncBase:Body')
        const data = dataOf(body)
        const size = Buffer.byteLength(data)
        const smime = textAt(mail, 'Email:MessageClass')?.startsWith('IPM.Note.SMIME') === true && type === 4
        expect(textAt(body, 'Type'), name).toBe(String(type))
        expect(data, name).not.toContain('\0')
        expect(isUtf8(Buffer.from(data)), name).toBe(true)
        // Windows Phone stops at a 0.
        expect([null, '1'], name).toContain(textAt(body, 'Truncated'))
        const whole = Number(textAt(body, 'EstimatedDataSize'))
        if (textAt(body, 'Truncated') === null) expect(size, name).toBe(whole)
        else {
          expect(smime, name).toBe(false)
          expect(whole, name).toBeGreaterThan(size)
        }
        if (limit !== null && !smime) expect(size, name).toBeLessThanOrEqual(limit)
        expect(['1', '2'], name).toContain(textAt(mail, 'AirSyncBase:NativeBodyType'))
        for (const always of ['DateReceived', 'Importance', 'Read', 'Flag', 'Subject', 'MessageClass', 'InternetCPID']) {
          expect(one(mail, `Email:${always}`), `${name} ${always}`).not.toBeNull()
        }
      }
    }
  })

  test('is valid in every answer', async () => {
    expect(answers).toHaveLength(cases.length * versions.length)
    expect(await invalid(answers)).toEqual([])
  }, 120_000)

  test('needs placeholders for nothing but broken messages', () => {
    const placeholders = desk.notes.filter((note) => note.event === 'placeholder')
    expect(placeholders).toEqual([])
  })
})
