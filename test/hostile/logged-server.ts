// The production server with its log at its most talkative, every line of it kept.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { hashPassword } from '../../src/auth/password.ts'
import { loadConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import type { Account } from '../../src/model/account.ts'
import type { RunningServer } from '../../src/server/running-server.ts'
import { startServer } from '../../src/server.ts'
import { VirtualClock } from '../support/clock.ts'
import { Phone, type PhoneOptions } from '../support/phone.ts'

export interface LoggedServer {
  readonly running: RunningServer
  readonly clock: VirtualClock
  readonly url: string
  /** Everything logged so far. */
  log(): string
  /** Lines that tell of a defect. */
  errors(): string[]
  account(address: string, displayName?: string): Promise<Account>
  /** A phone fresh out of the box; `enrol` it, or let it say what it likes. */
  phone(address: string, options?: Partial<PhoneOptions>): Phone
  /** Waits for an answer; time passes for whatever parks on the way, or is held back from a phone that asks too often. */
  answered<T>(work: Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Every account has this password. */
export async function startLoggedServer(password: string, variables: Readonly<Record<string, string>> = {}): Promise<LoggedServer> {
  const data = mkdtempSync(join(tmpdir(), 'easel-'))
  const clock = new VirtualClock()
  const environment = {
    EASEL_DATA: data,
    EASEL_DEMO: '0',
    EASEL_HTTPS_PORT: 'off',
    EASEL_HTTP_PORT: '0',
    EASEL_LMTP_PORT: '0',
    EASEL_ADMIN_PORT: 'off',
    ...variables,
  }
  let lines = ''
  const log = createLog({ level: 'trace', pretty: false, destination: { write: (line: string) => void (lines += line) } })
  const config = loadConfig({ file: null, environment, directory: data })
  const running = await startServer(config, { log, clock, machine: ['localhost', '127.0.0.1'] })
  const passwordHash = await hashPassword(password)
  const url = `http://127.0.0.1:${running.ports.http}`
  const phones: Phone[] = []
  return {
    running,
    clock,
    url,
    log: () => lines,
    errors: () => lines.split('\n').filter((line) => /"level":"(?:error|fatal)"/.test(line)),
    account: (address, displayName = address) => running.store.accounts.create({ addresses: [address], displayName, passwordHash }),
    phone(address, options = {}) {
      const phone = new Phone({ url, address, password, ...options })
      phones.push(phone)
      return phone
    },
    async answered(work) {
      let isOver = false
      work.then(
        () => (isOver = true),
        () => (isOver = true),
      )
      for (let turns = 1; !isOver; turns++) {
        await turn()
        if (running.parked() > 0 || turns % 100 === 0) await clock.advance(3600)
      }
      return work
    },
    async close() {
      for (const phone of phones) phone.close()
      await running.close()
      rmSync(data, { recursive: true })
    },
  }
}
