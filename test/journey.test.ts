// A newcomer's day in every version, over TLS and a real LMTP connection: set up, read, be pushed, reply, and be answered.
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { message } from './support/message.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { textAt } from './support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const
const alice = 'alice@example.test'
const bob = 'bob@example.test'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({
    accounts: [alice, bob],
    secure: true,
    environment: { EASEL_LMTP_PORT: '0', EASEL_POLICY_PASSCODE: 'true' },
  })
})

afterAll(() => server.close())

/** Hands in one message as a mail server does; resolves with the reply to the final dot. */
async function handIn(recipient: string, source: string): Promise<string> {
  const socket = connect(server.running.ports.lmtp ?? 0, '127.0.0.1')
  try {
    await reply(socket)
    for (const line of ['LHLO mx.example.test', `MAIL FROM:<${bob}>`, `RCPT TO:<${recipient}>`, 'DATA']) {
      socket.write(`${line}\r\n`)
      await reply(socket)
    }
    socket.write(`${source}\r\n.\r\n`)
    return await reply(socket)
  } finally {
    socket.destroy()
  }
}

function reply(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const take = (chunk: Buffer) => {
      text += chunk.toString()
      if (!/^\d{3} .*\r\n$/m.test(text)) return
      socket.off('data', take)
      resolve(text)
    }
    socket.on('data', take)
    socket.once('error', reject)
  })
}

/** The queue works in its own time; the phone looks again until the mail is there. */
async function arrives(look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await look()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('the mail never arrived')
}

describe.each(versions)('a phone of %s', (version) => {
  it('is set up, is pushed a mail, replies, and the reply is in Sent Items and at its recipient', async () => {
    const phone = await server.phone(alice, { version })
    expect(phone.versions).toContain(version)
    expect(phone.policyKey).toBeGreaterThan(0)
    await phone.syncAll('Inbox', { body: [{ type: 2, truncation: 32_768 }] })

    const asked = phone.ping(['Inbox'], 480)
    await server.parked(alice, phone.options.deviceId)
    const subject = `Lunch at ${version}`
    expect(
      await handIn(
        alice,
        message({ subject, to: alice, text: 'Noon at the usual place?', html: '<p>Noon at the <b>usual</b> place?</p>' }),
      ),
    ).toMatch(/^250/)
    await server.clock.advance(0.2)
    expect(await asked).toMatchObject({ status: 2, folders: ['Inbox'] })
    await phone.syncAll('Inbox')
    const mail = phone.mail('Inbox', subject)
    expect(textAt(mail.nodes.get('AirSyncBase:Body') ?? null, 'Data')).toContain('<b>usual</b>')

    const mime = `From: Alice <${alice}>\r\nTo: <${bob}>\r\nSubject: Re: ${subject}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nI will be there.\r\n`
    const sent = await phone.smart('SmartReply', 'Inbox', mail.id, mime)
    expect([sent.status, sent.bytes.length]).toEqual([200, 0])
    await phone.syncAll('Sent Items')
    expect(phone.mail('Sent Items', `Re: ${subject}`)).toBeDefined()

    const other = await server.phone(bob, { version, query: 'base64' })
    await arrives(async () => {
      await other.syncAll('Inbox', { body: [{ type: 1 }] })
      return other.items('Inbox').some(({ properties }) => properties.get('Email:Subject') === `Re: ${subject}`)
    })
    const received = textAt(other.mail('Inbox', `Re: ${subject}`).nodes.get('AirSyncBase:Body') ?? null, 'Data')
    expect(received).toContain('I will be there.')
    expect(received).toContain('Noon at the usual place?')
    expect([phone.violations, other.violations]).toEqual([[], []])
  })
})
