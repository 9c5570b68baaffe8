// The data folder's lock: one process at a time works on a folder, and what a killed one left behind keeps nobody out.
import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { Refusal } from '../admin/house.ts'
import { controlPath } from './path.ts'

const holder = z.object({
  pid: z.number(),
  /** When the process was started, in the kernel's words: process ids come again. Null where the kernel does not say. */
  started: z.string().nullable(),
  /** Tells our own lock from a later one. */
  token: z.string(),
})
type Holder = z.output<typeof holder>

/** Somebody else works on the folder. */
export class FolderHeld extends Refusal {}

/**
 * Takes the lock, or rejects with FolderHeld. Makes the folder if there is none, readable by its owner only.
 * Call what it resolves with to let go; the lock of a process that died is taken over. A folder that cannot be made or
 * written is a Refusal.
 */
export async function holdFolder(dataFolder: string): Promise<() => void> {
  try {
    return await hold(dataFolder)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error
    throw new Refusal(
      `The data folder ${dataFolder} cannot be ${existsSync(dataFolder) ? 'written' : 'made'} (${String(error.code)}): give the user Easel runs as the right to, or name another folder (EASEL_DATA).`,
      { cause: error },
    )
  }
}

async function hold(dataFolder: string): Promise<() => void> {
  makeFolder(resolve(dataFolder))
  // In another container a process has the same ids as ours; its socket tells it apart.
  if (await serverAnswers(dataFolder)) {
    throw new FolderHeld(`Another Easel serves the data folder ${dataFolder}. Stop it first, or name another folder (EASEL_DATA).`)
  }
  const path = join(dataFolder, 'easel.lock')
  const own: Holder = { pid: process.pid, started: startOf(process.pid), token: randomUUID() }
  for (;;) {
    if (create(path, own)) return () => release(path, own)
    const other = read(path)
    if (other !== null && isAlive(other)) {
      throw new FolderHeld(`Process ${other.pid} works on the data folder ${dataFolder}: stop it, or wait until it has finished.`)
    }
    takeAway(path, other)
  }
}

/** Step by step: Node's own `recursive` never returns below a folder that admits nobody with ENOENT, as /proc does. */
function makeFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return
  const parent = dirname(folder)
  if (!existsSync(parent)) makeFolder(parent)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Somebody else made it meanwhile.
    if (!(existsSync(folder) && statSync(folder).isDirectory())) throw error
  }
}

/** Whether a server listens on the folder's control socket. */
export function serverAnswers(dataFolder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(controlPath(dataFolder))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Whole or not at all: a lock file that is being written is never read half. */
function create(path: string, own: Holder): boolean {
  const draft = `${path}.${own.token}`
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function read(path: string): Holder | null {
  try {
    return holder.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null
  } catch {
    // Gone meanwhile, or not ours to understand: whoever wrote it does not hold the folder.
    return null
  }
}

/** Takes a dead lock away; one that somebody took meanwhile is put back. */
function takeAway(path: string, dead: Holder | null): void {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  const taken = read(aside)
  if (taken !== null && taken.token !== dead?.token) {
    try {
      linkSync(aside, path)
    } catch {
      // A third one was faster; the holder of `aside` finds out when it lets go.
    }
  }
  rmSync(aside, { force: true })
}

function release(path: string, own: Holder): void {
  if (read(path)?.token === own.token) rmSync(path, { force: true })
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, and is not ours to signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const now = startOf(pid)
  return now === null || started === null || now === started
}

/** proc(5): the 22nd field of stat, counted after the name, which may hold spaces and brackets. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return `${boot}/${fields[19] ?? ''}`
  } catch {
    return null
  }
}
