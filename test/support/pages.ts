// The console's pages over a store, without a listener: somebody opens them, fills in forms, and follows where they lead.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { actions, type ActionInput, type ActionName, type ActionOutput } from '../../src/admin/actions.ts'
import type { AdminHouse } from '../../src/admin/house.ts'
import { perform } from '../../src/admin/perform.ts'
import { pages } from '../../src/admin/web/pages.ts'
import type { PageAnswer, PageRoute } from '../../src/admin/web/route.ts'
import type { Account } from '../../src/model/account.ts'
import type { Actor } from '../../src/model/actor.ts'
import type { DeviceInformation } from '../../src/model/device.ts'
import type { DeviceId } from '../../src/model/id.ts'
import type { ProtocolVersion } from '../../src/model/version.ts'
import { openTraces } from '../../src/protocol/trace.ts'
import { openStore } from '../../src/store/sql/open.ts'
import { adminHouse } from './admin.ts'
import { VirtualClock } from './clock.ts'

/** Stands in every form. */
export const csrf = 'a-token-of-the-session'

/** A page that was asked for and is not for this role: the console answers 403. */
export class NotForRole extends Error {}

export interface NewPhone {
  readonly id: string
  readonly version?: ProtocolVersion
  readonly type?: string
  readonly information?: DeviceInformation
}

export interface Asked {
  readonly form?: URLSearchParams | Readonly<Record<string, string>>
  readonly said?: string
  readonly isPart?: boolean
}

/** The route of a path, the most literal one first, as a router finds it. */
export function routeOf(method: string, path: string): { route: PageRoute; params: Record<string, string> } | null {
  const segments = path.split('/')
  const found = pages.flatMap((route) => {
    const names = route.path.split('/')
    if (route.method !== method || names.length !== segments.length) return []
    const params: Record<string, string> = {}
    for (const [at, name] of names.entries()) {
      const segment = segments[at] ?? ''
      if (name.startsWith(':')) params[name.slice(1)] = decodeURIComponent(segment)
      else if (name !== segment) return []
    }
    return [{ route, params }]
  })
  return found.toSorted((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)[0] ?? null
}

export class TestPages {
  readonly clock: VirtualClock
  readonly house: AdminHouse
  readonly #folder: string

  private constructor(clock: VirtualClock, house: AdminHouse, folder: string) {
    this.clock = clock
    this.house = house
    this.#folder = folder
  }

  static async open(options: Partial<AdminHouse> = {}): Promise<TestPages> {
    const clock = new VirtualClock()
    const folder = mkdtempSync(join(tmpdir(), 'easel-pages-'))
    const store = await openStore({ database: { kind: 'sqlite', path: ':memory:' }, clock })
    const traces = await openTraces({ store, clock, log: pino({ level: 'silent' }), folder: join(folder, 'traces') })
    return new TestPages(clock, await adminHouse({ store, traces, clock, dataFolder: folder, ...options }), folder)
  }

  async close(): Promise<void> {
    await this.house.traces.flushed()
    await this.house.store.close()
    rmSync(this.#folder, { recursive: true })
  }

  account(address: string): Promise<Account> {
    return this.house.store.accounts.create({ addresses: [address], displayName: address.split('@')[0] ?? '', passwordHash: null })
  }

  /** A phone that has connected once. */
  async phone(account: Account, { id, version = '16.1', type = 'iPhone', information = {} }: NewPhone): Promise<void> {
    const { devices } = this.house.store
    const sighting = { type, userAgent: `${type}/1.0`, version, address: '203.0.113.7', at: this.clock.now() }
    await devices.enrol(account.id, id as DeviceId, sighting)
    await devices.change(account.id, id as DeviceId, { information })
  }

  perform<Name extends ActionName>(actor: Actor, name: Name, input: ActionInput<Name>): Promise<ActionOutput<Name>> {
    return perform(this.house, actor, name, actions[name], input) as Promise<ActionOutput<Name>>
  }

  /** What the console answers; rejects with NotForRole, or with whatever the page rejects with. */
  async ask(actor: Actor, method: 'GET' | 'POST', url: string, { form, said, isPart = false }: Asked = {}): Promise<PageAnswer> {
    const { pathname, searchParams } = new URL(url, 'http://console.test')
    const found = routeOf(method, pathname)
    if (found === null) throw new Error(`no page ${method} ${pathname}`)
    if (!found.route.roles.includes(actor.role)) throw new NotForRole(`${method} ${pathname} is not for ${actor.role}`)
    return found.route.handle({
      actor,
      params: found.params,
      query: searchParams,
      isPart,
      csrf,
      form: method === 'POST' ? new URLSearchParams(form) : null,
      said: said ?? null,
      perform: (name, input) => this.perform(actor, name, input),
    })
  }

  /** The html of a page. */
  async page(actor: Actor, url: string, asked: Asked = {}): Promise<string> {
    return htmlOf(await this.ask(actor, 'GET', url, asked))
  }

  /** A form that brings up another page. */
  async submit(actor: Actor, url: string, form: Asked['form'] = {}): Promise<string> {
    return htmlOf(await this.ask(actor, 'POST', url, { form }))
  }

  /** A form that was done: where it leads, and what it says. */
  async done(actor: Actor, url: string, form: Asked['form'] = {}): Promise<{ to: string; said: string }> {
    const answer = await this.ask(actor, 'POST', url, { form })
    if (answer.kind !== 'redirect') throw new Error(`no redirect: ${answer.kind === 'html' ? textOf(answer.html) : answer.kind}`)
    return { to: answer.to, said: answer.said ?? '' }
  }
}

function htmlOf(answer: PageAnswer): string {
  if (answer.kind !== 'html') throw new Error(`no page: ${JSON.stringify(answer)}`)
  return answer.html
}

/** For messages of failures: what is between the tags. */
function textOf(html: string): string {
  return html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
}
