// The log: what a line holds, and what it never holds.
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createLog, prettyLine, Secret } from '../src/log.ts'

function written(write: (log: ReturnType<typeof createLog>) => void, pretty = false): string {
  let lines = ''
  write(createLog({ level: 'debug', pretty, destination: { write: (line: string) => void (lines += line) } }))
  return lines
}

describe('a secret', () => {
  test('shows itself to nobody who does not ask for it', () => {
    const secret = new Secret('hunter2')
    expect(`${JSON.stringify({ secret })}${inspect({ secret })}${String(secret)}`).not.toContain('hunter2')
    expect(secret.reveal()).toBe('hunter2')
    expect(written((log) => log.info({ any: secret }, 'x'))).not.toContain('hunter2')
  })
})

describe('a line', () => {
  test('hides what bears the name of a secret or of content, however deep and in whatever letters', () => {
    const line = written((log) => {
      log.info({ Password: 'p-one', request: { headers: { Authorization: 'Basic p-two' } }, list: [{ subject: 'p-three' }] }, 'x')
      log.child({ token: 'p-four' }).info({ mime: 'p-five' }, 'y')
    })
    expect(line).not.toMatch(/p-(one|two|three|four|five)/)
    expect(line.match(/\[hidden\]/g)).toHaveLength(5)
  })

  test('shows how long bytes are, not what they are', () => {
    expect(written((log) => log.info({ chunk: Buffer.from('private') }, 'x'))).toContain('"7 bytes"')
  })

  test('keeps an error to its message and stack: what a library hangs on it is not ours to show', () => {
    const error = Object.assign(new Error('duplicate key', { cause: new Error('the cause') }), {
      detail: 'Key (subject)=(private)',
      code: '23505',
    })
    const line = written((log) => log.error({ err: error }, 'x'))
    expect(line).not.toContain('private')
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      err: { message: 'duplicate key', code: '23505', cause: { message: 'the cause' } },
    })
  })

  test('leaves everything else as it is', () => {
    expect(JSON.parse(written((log) => log.info({ device: 'ABC', sent: 12, ok: true, none: null }, 'round committed')))).toMatchObject({
      device: 'ABC',
      sent: 12,
      ok: true,
      none: null,
      msg: 'round committed',
    })
  })
})

test('for people, a line is the time, the level, the sentence and the fields', () => {
  // oxlint-disable-next-line no-control-regex
  const plain = (text: string) => text.replace(/\u001b\[\d+m/g, '')
  const line = JSON.stringify({ level: 'info', time: '2026-03-02T08:00:00.000Z', device: 'ABC', name: 'two words', msg: 'answered' })
  expect(plain(prettyLine(line))).toBe('08:00:00 info  answered device=ABC name="two words"\n')
  expect(plain(written((log) => log.warn(new Error('broken')))).length).toBeGreaterThan(10)
  expect(plain(written((log) => log.error({ err: new Error('broken') }, 'x'), true))).toContain('Error: broken')
})
