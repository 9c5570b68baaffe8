// What the shell's commands touch of the outside world: standard streams, the environment, the clock.
import type { Readable, Writable } from 'node:stream'
import { Refusal } from '../admin/house.ts'
import type { Clock } from '../model/clock.ts'

export interface Shell {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Where relative paths begin. */
  readonly directory: string
}

/** Reads standard input to its end. */
export async function readAll(shell: Shell): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of shell.stdin as AsyncIterable<Buffer | string>) pieces.push(Buffer.from(piece as Buffer))
  return Buffer.concat(pieces)
}

/** A secret from standard input: the first line, without its line end. */
export async function readSecret(shell: Shell): Promise<string> {
  return (await readSecrets(shell))[0] ?? ''
}

/** Several of them: one on each line. */
export async function readSecrets(shell: Shell): Promise<string[]> {
  return (await readAll(shell)).toString('utf8').split(/\r?\n/)
}

/** A password never stands in an argument: the process list and the shell's history would show it. */
export async function givenPassword(shell: Shell, { passwordStdin }: { readonly passwordStdin?: boolean }): Promise<string> {
  if (passwordStdin !== true) throw new Refusal('Give the password on standard input, with --password-stdin.')
  return readSecret(shell)
}

/** Thrown by a command that has said everything and ends with this exit code. */
export class Ended extends Error {
  readonly code: number
  constructor(code: number) {
    super(`ended with ${code}`)
    this.code = code
  }
}
