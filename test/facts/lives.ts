// Tests of facts begin with somebody's life: an account with some mail, and a phone on it, all on one server for the file.
import { afterAll, beforeAll } from 'vitest'
import { message } from '../support/message.ts'
import type { Phone, PhoneOptions } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, textAt, type Node } from '../support/wire.ts'

export interface LifeOptions extends Partial<PhoneOptions> {
  /** Messages in the inbox, called Mail 1, Mail 2 and so on. */
  readonly mail?: number
}

export interface Life {
  readonly address: string
  readonly phone: Phone
}

export class Lives {
  #server: TestServer | null = null
  #number = 0

  /** A server for the tests of this block, with these `EASEL_*` variables. */
  constructor(environment: Readonly<Record<string, string>> = {}) {
    beforeAll(async () => {
      this.#server = await startTestServer({ accounts: [], environment })
    })
    afterAll(() => this.server.close())
  }

  get server(): TestServer {
    if (this.#server === null) throw new Error('the server has not started')
    return this.#server
  }

  /** A fresh account, and nothing else. */
  async account(mail = 0): Promise<string> {
    const address = `person${++this.#number}@example.test`
    await this.server.account(address)
    for (let count = 1; count <= mail; count++) await this.server.deliver(address, message({ subject: `Mail ${count}` }))
    return address
  }

  /** A fresh account, and a phone that is set up for it; of 14.1, unless said otherwise. */
  async life({ mail = 0, ...options }: LifeOptions = {}): Promise<Life> {
    const address = await this.account(mail)
    return { address, phone: await this.server.phone(address, { version: '14.1', ...options }) }
  }

  /** Lets a parked request of this phone wait for so long. */
  async pass(phone: Phone, seconds: number, asked: Promise<unknown>): Promise<void> {
    await Promise.race([asked, this.server.parked(phone.options.address, phone.options.deviceId)])
    await this.server.clock.advance(seconds)
  }
}

/** A Sync of these collections. */
export function syncOf(collections: readonly Node[], ...more: readonly Node[]): Node {
  return el('AirSync:Sync', [el('AirSync:Collections', collections), ...more])
}

/** A collection by its key and id. */
export function collectionOf(key: string, id: string, ...more: readonly (Node | false)[]): Node {
  return el('AirSync:Collection', [el('AirSync:SyncKey', key), el('AirSync:CollectionId', id), ...more])
}

/** The Status of a Sync with one collection, wherever it stands. */
export function syncStatus(node: Node | null): string | null {
  return textAt(node, 'Collections/Collection/Status') ?? textAt(node, 'Status')
}
