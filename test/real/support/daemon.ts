// Starting real daemons for a test: on random loopback ports, in a folder that goes away with them.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, test } from 'vitest'

/** Where a program lies; null if it is not installed. Debian keeps daemons where a plain user's PATH does not look. */
export function programPath(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null
}

/** A describe block that needs programs: skipped visibly where one is missing, failed where CI should have installed it. */
export function describeWith(programs: readonly string[], title: string, suite: () => void): void {
  const missing = programs.filter((name) => programPath(name) === null)
  if (missing.length === 0) describe(title, suite)
  else if (process.env['CI'] === 'true') {
    test(title, () => {
      throw new Error(`not installed: ${missing.join(', ')}`)
    })
  } else describe.skip(`${title} (needs ${missing.join(', ')})`, suite)
}

/** A port nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port')
  return address.port
}

/** Asks again and again until the answer is neither null nor false. A daemon says nowhere when it is ready. */
export async function until<T>(what: string, ask: () => Promise<T | null | false> | T | null | false, seconds = 20): Promise<T> {
  for (let tries = 0; tries < seconds * 20; tries++) {
    const answer = await ask()
    if (answer !== null && answer !== false) return answer
    await setTimeout(50)
  }
  throw new Error(`not within ${seconds} seconds: ${what}`)
}

/** Whether somebody listens on a loopback port. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** A folder that daemons running as other users can enter. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'easel-real-'))
  chmodSync(folder, 0o755)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

export interface Daemon {
  /** What it has printed so far. */
  readonly output: () => string
  /** Throws, with what it printed, if it has ended. */
  readonly running: () => true
  /** Sends it a signal: SIGSTOP makes it silent, with its ports open, until SIGCONT. */
  readonly signal: (signal: NodeJS.Signals) => void
  /** Ends it, and waits until it is gone; resolves with its exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** Starts a program that stays in the foreground. */
export function start(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = process.env): Daemon {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment })
  let output = ''
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (output += piece.toString()))
  return {
    output: () => output,
    running: () => {
      if (child.exitCode === null && child.signalCode === null) return true
      throw new Error(`${program} ended:\n${output}`)
    },
    signal: (signal) => {
      child.kill(signal)
    },
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      child.kill(signal)
      await once(child, 'exit')
      return child.exitCode
    },
  }
}

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, without holding up this thread. */
export async function run(
  program: string,
  args: readonly string[],
  input = '',
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Ran> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment })
  const texts = { stdout: '', stderr: '' }
  child.stdout.on('data', (piece: Buffer) => (texts.stdout += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (texts.stderr += piece.toString()))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  await once(child, 'close')
  return { code: child.exitCode, ...texts }
}

/** A self-signed certificate for localhost and one address of the loopback network, as files. */
export function selfSigned(folder: string, address = '127.0.0.1'): { readonly certificate: string; readonly key: string } {
  const certificate = join(folder, 'certificate.pem')
  const key = join(folder, 'key.pem')
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30', '-subj', '/CN=localhost'],
    ...[
      '-addext',
      `subjectAltName=DNS:localhost,IP:${address}`,
      '-addext',
      'extendedKeyUsage=serverAuth',
      '-keyout',
      key,
      '-out',
      certificate,
    ],
  ])
  if (made.status !== 0) throw new Error(`openssl req failed: ${made.stderr.toString()}`)
  return { certificate, key }
}
