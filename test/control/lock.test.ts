// The data folder's lock: one at a time, and the dead hold nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FolderHeld, holdFolder } from '../../src/control/lock.ts'
import { controlPath } from '../../src/control/path.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the lock of a data folder', () => {
  test('keeps a second one out until the first lets go', async () => {
    const release = await holdFolder(folder)
    await expect(holdFolder(folder)).rejects.toThrow(FolderHeld)
    release()
    const again = await holdFolder(folder)
    again()
    expect(readdirSync(folder)).toEqual([])
  })

  test('lets exactly one of many in', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => holdFolder(folder)))
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('makes a folder only its owner can read', async () => {
    const fresh = join(folder, 'data')
    const release = await holdFolder(fresh)
    expect(statSync(fresh).mode & 0o777).toBe(0o700)
    expect(statSync(join(fresh, 'easel.lock')).mode & 0o777).toBe(0o600)
    release()
  })

  test('of a process that was killed is taken over', async () => {
    const lock = new URL('../../src/control/lock.ts', import.meta.url).href
    const script = `const { holdFolder } = await import(${JSON.stringify(lock)}); await holdFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await expect(holdFolder(folder)).rejects.toThrow(`Process ${child.pid} works on the data folder`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const release = await holdFolder(folder)
    release()
  })

  test('of an earlier process with our own id is taken over', async () => {
    writeFileSync(join(folder, 'easel.lock'), JSON.stringify({ pid: process.pid, started: 'another boot/1', token: 'old' }))
    const release = await holdFolder(folder)
    release()
    expect(existsSync(join(folder, 'easel.lock'))).toBe(false)
  })

  test('that cannot be read keeps nobody out', async () => {
    writeFileSync(join(folder, 'easel.lock'), '{')
    const release = await holdFolder(folder)
    release()
  })

  test('is refused where a server answers on the socket, whatever the lock says', async () => {
    const server = createServer().listen(controlPath(folder))
    await once(server, 'listening')
    await expect(holdFolder(folder)).rejects.toThrow('Another Easel serves the data folder')
    server.close()
    await once(server, 'close')
  })

  test('wants a path that leaves room for the socket', async () => {
    await expect(holdFolder(join(folder, 'x'.repeat(120)))).rejects.toThrow('too long for a control socket')
  })
})
