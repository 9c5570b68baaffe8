// What an ACME server's certificate needs around it: when another is due, who stands in, and hooks that fail.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { dueAt } from '../../src/enroll/acme-renewal.ts'
import { openAuthority, openServerCertificate } from '../../src/enroll/authority.ts'
import { acmeCertificatePath, keepCertificate } from '../../src/enroll/certificate-keeper.ts'
import { dnsChallenges, httpChallenges } from '../../src/enroll/challenges.ts'
import { VirtualClock } from '../support/clock.ts'

const home = mkdtempSync(join(tmpdir(), 'easel-acme-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const server = { directory: 'https://acme.example/dir', contact: null, ca: null }
const names = ['mail.example.com', 'autodiscover.example.com']
const day = 86_400_000
let clock: VirtualClock
let folder: string
beforeEach(() => {
  clock = new VirtualClock('2026-03-02T08:00:00Z')
  folder = mkdtempSync(join(home, 'case-'))
})

/** A certificate as an ACME server's is kept, made by an authority of the test's. */
async function kept(head = 'ACME https://acme.example/dir'): Promise<string> {
  const place = join(folder, 'elsewhere')
  const { cert, key } = await openServerCertificate(await openAuthority(place, 'acme', clock), place, names, clock)
  const path = acmeCertificatePath(folder)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${head}\n${key}${cert}`)
  return path
}

describe('another certificate', () => {
  test('is due after two thirds of the life of the one there is', async () => {
    const path = await kept()
    const begin = clock.now() - day / 2
    expect(await dueAt(path, server, names)).toBe(begin + (397 * day * 2) / 3)
    expect(await dueAt(path, server, names.slice(1))).toBeGreaterThan(0)
  })

  test('is due at once for another name, from another server, and where there is none or a broken one', async () => {
    const path = await kept()
    expect(await dueAt(path, server, [...names, 'more.example.com'])).toBe(0)
    expect(await dueAt(path, { ...server, directory: 'https://staging.example/dir' }, names)).toBe(0)
    expect(await dueAt(join(folder, 'nothing'), server, names)).toBe(0)
    writeFileSync(path, 'ACME https://acme.example/dir\nnothing')
    expect(await dueAt(path, server, names)).toBe(0)
  })
})

describe('our own certificate', () => {
  const open = () => {
    const path = acmeCertificatePath(folder)
    return keepCertificate({ dataFolder: folder, files: { certificate: path, key: path, standIn: true }, names, clock })
  }

  test('stands in until there is another, which is then in use', async () => {
    const keeper = await open()
    const own = keeper.current.cert
    expect(keeper.authority).toBeNull()
    expect(await keeper.refresh()).toBe(false)
    await kept()
    expect(await keeper.refresh()).toBe(true)
    expect(keeper.current.cert).not.toBe(own)
    expect((await open()).current.cert).toBe(keeper.current.cert)
  })

  test('stands in at the start for one that is broken, and not while the server runs', async () => {
    const path = await kept()
    const keeper = await open()
    const good = keeper.current.cert
    writeFileSync(path, 'nothing')
    await expect(keeper.refresh()).rejects.toThrow(/holds no PEM certificate/)
    expect(keeper.current.cert).toBe(good)
    expect((await open()).current.cert).not.toBe(good)
  })
})

describe('a proof', () => {
  test('is shown over HTTP as long as it is asked for', async () => {
    const challenges = httpChallenges()
    await challenges.present('mail.example.com', 'token', 'token.print')
    expect(Buffer.from(challenges.answer('token') ?? []).toString()).toBe('token.print')
    expect(challenges.answer('other')).toBeNull()
    await challenges.cleanup('mail.example.com', 'token', 'token.print')
    expect(challenges.answer('token')).toBeNull()
  })

  test('by a hook that fails is told in words, without what the hook printed', async () => {
    const script = 'console.error("the key of the name server"); process.exit(3)'
    const failed = dnsChallenges([process.execPath, '-e', script], {}).present('mail.example.com', 'token', 'value')
    await expect(failed).rejects.toThrow(/present _acme-challenge\.mail\.example\.com failed \(3\): run it by hand/)
    await expect(failed).rejects.not.toThrow(/key of the name server/)
    await expect(dnsChallenges(['/nowhere/hook'], {}).present('a.example', 't', 'v')).rejects.toThrow(/ENOENT/)
  })
})
