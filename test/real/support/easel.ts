// Easel as an administrator runs it: a process of its own, set up by its environment, administered by its shell.
import { join } from 'node:path'
import { Phone, type PhoneOptions } from '../../support/phone.ts'
import { freePort, listens, removeFolder, run, start, temporaryFolder, until, type Daemon, type Ran } from './daemon.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const launcher = join(root, 'bin', 'easel.mjs')

export const password = 'correct horse battery'

/** Easel with two accounts, alice and bob at example.com, and no demo. */
export class Easel {
  readonly data: string
  readonly ports: { readonly https: number; readonly http: number; readonly lmtp: number }
  readonly #environment: NodeJS.ProcessEnv
  #daemon: Daemon | null = null

  private constructor(data: string, ports: Easel['ports'], settings: Readonly<Record<string, string>>) {
    this.data = data
    this.ports = ports
    // Nothing of the machine's own settings may reach the server under test.
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('EASEL_'))
    this.#environment = {
      ...Object.fromEntries(own),
      EASEL_DATA: data,
      EASEL_DEMO: '0',
      EASEL_HTTPS_PORT: String(ports.https),
      EASEL_HTTP_PORT: String(ports.http),
      EASEL_LMTP_PORT: String(ports.lmtp),
      EASEL_ADMIN_PORT: 'off',
      EASEL_HOST: 'localhost',
      ...settings,
    }
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Easel> {
    const ports = { https: await freePort(), http: await freePort(), lmtp: await freePort() }
    const easel = new Easel(join(temporaryFolder(), 'data'), ports, settings)
    await easel.boot()
    for (const name of ['alice', 'bob']) {
      const added = await easel.shell(['account', 'add', `${name}@example.com`, '--password-stdin'], `${password}\n`)
      if (added.code !== 0) throw new Error(`account add: ${added.stderr}`)
    }
    return easel
  }

  /** Starts the server on its data folder, again if it was stopped. */
  async boot(): Promise<void> {
    // Without the launcher between, so that a signal of any kind reaches the server itself.
    const daemon = start(process.execPath, [join(root, 'src', 'main.ts')], this.#environment)
    this.#daemon = daemon
    await until('Easel listens', async () => daemon.running() && (await listens(this.ports.https)) && (await listens(this.ports.lmtp)))
  }

  async stop(): Promise<number | null> {
    return (await this.#daemon?.stop()) ?? null
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    await this.#daemon?.stop('SIGKILL')
  }

  /** Stops it, and removes what it kept. */
  async dispose(): Promise<void> {
    await this.stop()
    removeFolder(join(this.data, '..'))
  }

  shell(args: readonly string[], input = ''): Promise<Ran> {
    return run(process.execPath, [launcher, 'src/cli.ts', ...args], input, this.#environment)
  }

  /** The JSON a command of the shell answers. */
  async ask<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.shell([...args, '--json'])
    if (code !== 0) throw new Error(`easel ${args.join(' ')}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** The certificate of its own authority, PEM. */
  async authority(): Promise<string> {
    const { code, stdout, stderr } = await this.shell(['profile', '--pem'])
    if (code !== 0) throw new Error(`easel profile: ${stderr}`)
    return stdout
  }

  /** A phone of `name`, set up and with its inbox synced. Without a URL it comes straight to the HTTPS port. */
  async phone(name: 'alice' | 'bob', options: Partial<PhoneOptions> = {}): Promise<Phone> {
    const phone = await Phone.enrol({
      url: `https://localhost:${this.ports.https}`,
      ca: await this.authority(),
      address: `${name}@example.com`,
      password,
      ...options,
    })
    await phone.syncAll('Inbox', { body: [{ type: 1, truncation: 4096 }] })
    return phone
  }

  /** What the server has printed. */
  get log(): string {
    return this.#daemon?.output() ?? ''
  }
}

/** A message as plain as they come. */
export function message(from: string, to: string, subject: string, text = 'Hello.'): string {
  return [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    'Date: Sun, 22 Nov 2026 20:00:00 +0000',
    `Message-ID: <${subject.replaceAll(/\W/g, '')}@example.com>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    '',
  ].join('\r\n')
}
