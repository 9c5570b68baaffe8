// The process: what it says, how it ends, and what it refuses.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const home = mkdtempSync(join(tmpdir(), 'easel-main-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const root = join(import.meta.dirname, '..')

interface Ran {
  readonly child: ChildProcess
  readonly output: () => string
  /** Resolves once the process has said this. */
  said(words: string): Promise<void>
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

function run(environment: Record<string, string>, args: readonly string[] = []): Ran {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('EASEL_'))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/main.ts'), ...args], {
    cwd: home,
    env: { ...Object.fromEntries(own), EASEL_HTTPS_PORT: '0', EASEL_LMTP_PORT: '0', EASEL_ADMIN_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let look = () => undefined as void
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      look()
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  return {
    child,
    output: () => text,
    ended,
    said: (words) =>
      Promise.race([
        new Promise<void>((resolve) => {
          look = () => {
            if (text.includes(words)) resolve()
          }
          look()
        }),
        ended.then(() => {
          if (!text.includes(words)) throw new Error(`it ended without "${words}":\n${text}`)
        }),
      ]),
  }
}

describe('started with nothing configured', () => {
  test('says what to type into a phone, and stops on SIGTERM with what it kept', async () => {
    const data = join(home, 'first')
    const easel = run({ EASEL_DATA: data })
    await easel.said('Mail comes in by LMTP')
    const text = easel.output()
    expect(text).toMatch(/server {5}\S+:\d+/)
    expect(text).toMatch(/user {7}alice@demo\.example {3}password {2}[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}/)
    expect(text).toContain('/ca.mobileconfig in Safari')
    expect(text).toContain('Certificate Trust Settings ("full trust")')
    expect(text).toMatch(/SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}/)
    expect(text).toMatch(/address {4}https:\/\/localhost:\d+\n {2}user {7}admin {3}password {2}[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}/)
    expect(text).toContain(`Data lies in ${data}.`)
    const before = performance.now()
    easel.child.kill('SIGTERM')
    expect(await easel.ended).toBe(0)
    expect(performance.now() - before).toBeLessThan(5000)
    expect(easel.output()).toContain('"msg":"stopped"')
  })

  test('a second signal ends it at once', async () => {
    const easel = run({ EASEL_DATA: join(home, 'second'), EASEL_DEMO: '0' })
    await easel.said('Mail comes in by LMTP')
    expect(easel.output()).toContain('npx easel account add')
    easel.child.kill('SIGINT')
    easel.child.kill('SIGTERM')
    expect([0, 130]).toContain(await easel.ended)
  })
})

describe('started with what cannot stand', () => {
  test('says one sentence and no stack', async () => {
    const easel = run({ EASEL_DATA: join(home, 'third'), EASEL_HTTP_PORT: '80', EASEL_HTTP_ADDRESS: '*' })
    expect(await easel.ended).toBe(1)
    expect(easel.output()).toMatch(/^easel: Plain HTTP would carry passwords/)
    expect(easel.output()).not.toContain(' at ')
  })

  test('names a file that is not there', async () => {
    const easel = run({ EASEL_DATA: join(home, 'fourth') }, ['--config', 'missing.yaml'])
    expect(await easel.ended).toBe(1)
    expect(easel.output()).toMatch(/missing\.yaml cannot be read/)
  })

  test('says which option there is, of one it does not know', async () => {
    const easel = run({ EASEL_DATA: join(home, 'fifth') }, ['--help'])
    expect(await easel.ended).toBe(1)
    expect(easel.output()).toMatch(/^easel: The server takes one option, --config FILE/)
    expect(easel.output()).not.toContain(' at ')
  })

  test.each([join(import.meta.filename, 'data'), ...(process.platform === 'linux' ? ['/proc/none/data'] : [])])(
    'names the data folder it cannot make: %s',
    async (data) => {
      const easel = run({ EASEL_DATA: data })
      try {
        expect(await easel.ended).toBe(1)
        expect(easel.output()).toMatch(/^easel: The data folder .* cannot be made \(E[A-Z]+\): .*EASEL_DATA/)
        expect(easel.output()).not.toContain(' at ')
      } finally {
        easel.child.kill('SIGKILL')
      }
    },
  )
})
