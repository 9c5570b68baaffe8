// Somebody who goes away: a server with mail coming in and a world outside, and what people say of their absence on a phone.
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import { folderType } from '../../src/model/folder.ts'
import type { Instant } from '../../src/model/id.ts'
import { emailOf } from '../../src/model/item.ts'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, textAt, type Node } from '../support/wire.ts'
import { LineClient, startCounterpart, type Counterpart } from './counterpart.ts'

export const value = (name: string, content: string) => el(`Settings:${name}`, content)

/** What an audience is answered, as a phone says it. */
export function reply(audience: 'Internal' | 'ExternalKnown' | 'ExternalUnknown', text: string, type = 'Text', enabled = '1'): Node {
  return el('Settings:OofMessage', [
    el(`Settings:AppliesTo${audience}`),
    value('Enabled', enabled),
    value('ReplyMessage', text),
    value('BodyType', type),
  ])
}

/** Says it; the Status of the property. */
export async function set(phone: Phone, ...children: Node[]): Promise<string | null> {
  const { node } = await phone.post('Settings', el('Settings:Settings', [el('Settings:Oof', [el('Settings:Set', children)])]))
  return textAt(node, 'Oof/Status')
}

export const away = [value('OofState', '1'), reply('Internal', 'Ask Carol.'), reply('ExternalUnknown', 'I am away.')]

/** The state and times of an absence that has an end. */
export function between(start: Instant, end: Instant): Node[] {
  const [from, to] = [start, end].map((at) => new Date(at).toISOString())
  return [value('OofState', '2'), value('StartTime', from ?? ''), value('EndTime', to ?? '')]
}

export interface Sent {
  readonly from?: string
  readonly to?: string
  readonly subject?: string
  readonly cc?: string
  readonly headers?: readonly string[]
  readonly messageId?: string
  /** The recipient of the envelope. */
  readonly for?: string
}

export class Household {
  readonly world: Counterpart
  server: TestServer
  alice: Phone

  private constructor(world: Counterpart, server: TestServer, alice: Phone) {
    this.world = world
    this.server = server
    this.alice = alice
  }

  static async open(): Promise<Household> {
    const world = await startCounterpart()
    const server = await Household.#town(world)
    return new Household(world, server, await server.phone('alice@example.test', { version: '16.1' }))
  }

  static #town(world: Counterpart, environment: Readonly<Record<string, string>> = {}): Promise<TestServer> {
    return startTestServer({
      accounts: ['alice@example.test', 'bob@example.test'],
      environment: {
        EASEL_LMTP_PORT: '0',
        EASEL_SMARTHOST: '127.0.0.1',
        EASEL_SMARTHOST_PORT: String(world.port),
        EASEL_SMARTHOST_TLS: 'none',
        ...environment,
      },
    })
  }

  /** Another server in place of the one there is. */
  async instead(environment: Readonly<Record<string, string>>): Promise<void> {
    await this.server.close()
    this.server = await Household.#town(this.world, environment)
    this.alice = await this.server.phone('alice@example.test', { version: '16.1' })
  }

  /** Mail comes in, and whatever it sets going comes to its end. */
  async arrive(sent: Sent = {}): Promise<void> {
    const { from = 'dora@else.test', to = 'alice@example.test', for: recipient = 'alice@example.test', ...rest } = sent
    const line = await LineClient.open(this.server.running.ports.lmtp ?? 0)
    await line.say('LHLO mta.else.test')
    expect(await line.say(`MAIL FROM:<${from}>`)).toMatch(/^250/)
    expect(await line.say(`RCPT TO:<${recipient}>`)).toMatch(/^250/)
    await line.say('DATA')
    const source = message({ from: from === '' ? 'MAILER-DAEMON@else.test' : from, to, ...rest })
    expect(await line.message(source, 1)).toEqual([expect.stringMatching(/^250/)])
    line.destroy()
    await this.settled()
  }

  async settled(): Promise<void> {
    while ((await this.server.store.outbox.list()).length > 0) await turn()
  }

  /** The inbox of an account, oldest first. */
  async inbox(address: string) {
    const mailbox = await this.server.mailbox(address)
    const folder = await mailbox.defaultFolder(folderType.inbox)
    const { changes } = await mailbox.items(folder.id, 'Email').since(0 as never, 1000)
    const letters = []
    for (const { id } of changes) {
      const source = await mailbox.source(id)
      const bytes = await source!.read(0, source!.bytes)
      letters.push({ email: emailOf((await mailbox.read([id])).get(id)), text: Buffer.from(bytes).toString('utf8') })
    }
    return letters
  }

  async close(): Promise<void> {
    await this.server.close()
    await this.world.close()
  }
}
