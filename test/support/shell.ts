// The administrator's shell, run inside the test: arguments and standard input in, what it printed and its exit code out.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { runCli } from '../../src/cli/program.ts'
import { systemClock, type Clock } from '../../src/model/clock.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A shell with a folder of its own, on a data folder in it or on the one it is given. */
export class TestShell {
  readonly folder = mkdtempSync(join(tmpdir(), 'easel-shell-'))
  readonly data: string
  readonly clock: Clock

  constructor(data: string | null = null, clock: Clock = systemClock) {
    this.data = data ?? join(this.folder, 'data')
    this.clock = clock
  }

  async run(args: readonly string[], input: string | Buffer = ''): Promise<Ran> {
    const stdout = new Collector()
    const stderr = new Collector()
    const environment = { EASEL_DATA: this.data, EASEL_DEMO: '0' }
    const shell = { stdin: Readable.from([Buffer.from(input)]), stdout, stderr, environment, clock: this.clock, directory: this.folder }
    return { code: await runCli(args, shell), stdout: stdout.text, stderr: stderr.text }
  }

  /** The JSON a command answers; throws what it complains of. */
  async ask<T>(args: readonly string[], input = ''): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, '--json'], input)
    if (code !== 0) throw new Error(stderr)
    return JSON.parse(stdout) as T
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

class Collector extends Writable {
  text = ''
  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.text += piece.toString()
    done()
  }
}
