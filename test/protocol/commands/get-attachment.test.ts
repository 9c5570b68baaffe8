// GetAttachment of 12.1: a file as it is, or an HTTP status.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { getAttachment } from '../../../src/protocol/commands/get-attachment.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { putMail } from '../../support/mail.ts'
import { message } from '../../support/message.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

const get = (attachmentName: string | null) => desk.serve(getAttachment, null, { version: '12.1', line: { attachmentName } })
const withFile = (content: Buffer | string) =>
  putMail(desk, message({ attachments: [{ name: 'a.pdf', type: 'application/pdf', content }] }))

test('a file comes as it is, with its type and its length', async () => {
  const content = Buffer.alloc(500_000, 'content ')
  const served = await get(`${await withFile(content)}:2`)
  expect(served).toMatchObject({ status: 200, type: 'application/pdf' })
  expect(served.bytes?.equals(content)).toBe(true)
})

test('an empty file is an empty answer of its type', async () => {
  expect(await get(`${await withFile('')}:2`)).toMatchObject({ status: 200, type: 'application/pdf', bytes: Buffer.alloc(0) })
})

test('what is not there is HTTP 500, and a request that names nothing 400', async () => {
  expect(await get('1:zz:1')).toMatchObject({ status: 500, bytes: null })
  expect(await get('../../etc/passwd')).toMatchObject({ status: 500, bytes: null })
  expect(await get(null)).toMatchObject({ status: 400, bytes: null })
})

test('it exists up to 12.1', () => {
  expect(['2.5', '12.1', '14.0', '16.1'].map((version) => getAttachment.speaks(version as '12.1'))).toEqual([true, true, false, false])
})
