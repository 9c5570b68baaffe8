// Processes under measurement: the server and its floor, each on its own, and what the system says they used.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
/** Linux counts CPU time in hundredths of a second. */
const tick = 0.01

export interface Process {
  readonly pid: number
  /** CPU seconds used so far, user and system. */
  cpuSeconds(): number
  /** Resident memory, bytes. */
  residentBytes(): number
  stop(): Promise<void>
}

/** Starts a script on this runtime; resolves with what its first line on standard output that is JSON with `ready` says. */
export async function start(
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<Process & { readonly said: Readonly<Record<string, unknown>> }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, script)], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = await ready(child)
  const pid = child.pid
  if (pid === undefined) throw new Error(`${script} did not start`)
  return {
    pid,
    said,
    cpuSeconds: () => cpuSeconds(pid),
    residentBytes: () => residentBytes(pid),
    stop: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

function ready(child: ChildProcess): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      for (const line of text.split('\n')) {
        if (line.startsWith('{"ready":')) resolve(JSON.parse(line) as Readonly<Record<string, unknown>>)
      }
    })
    child.once('exit', (code) => reject(new Error(`exited with ${code}: ${text.slice(-500)}`)))
  })
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tick
}

function residentBytes(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/m)
  return Number(line?.[1] ?? 0) * 1024
}

/** Opens as many files as the system lets us: a parked request is a socket on each side. */
export function filesMax(): number {
  const line = readFileSync('/proc/self/limits', 'utf8').match(/^Max open files\s+(\d+)/m)
  return Number(line?.[1] ?? 1024)
}
