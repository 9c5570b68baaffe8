// What the doctor takes along: a client certificate from a file, and the mirror of the server that runs on this machine.
import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { Refusal } from '../../admin/house.ts'
import type { Config } from '../../config.ts'
import { callServer } from '../../control/client.ts'
import type { Shell } from '../shell.ts'
import type { MirrorGlass } from './examination.ts'
import type { Identity } from './probe.ts'

/** The certificate and key of a PKCS #12 file, or of a PEM file that holds both. Throws a Refusal for what is neither. */
export async function readIdentity(shell: Shell, path: string, passphrase: string): Promise<Identity> {
  const bytes = await readFile(resolve(shell.directory, path))
  const text = bytes.toString('latin1')
  const isPem = text.includes('-----BEGIN')
  const identity = isPem ? { cert: text, key: text } : { pfx: bytes, passphrase }
  try {
    createSecureContext(identity)
  } catch {
    throw new Refusal(
      isPem
        ? `${path} does not hold a certificate and its key, without a password, one behind the other.`
        : `${path} cannot be opened${extname(path) === '.p12' || extname(path) === '.pfx' ? ' with this password: give it on standard input, with --certificate-password-stdin' : ' as PKCS #12 or PEM'}.`,
    )
  }
  return identity
}

/** Null where no server runs on the configured data folder, or an older one. */
export async function openMirror({ data }: Config, isExpected: boolean): Promise<MirrorGlass | null> {
  const look = async (mark?: string) => {
    const called = await callServer(data, 'mirror.look', mark === undefined ? {} : { mark }, () => undefined)
    return called.kind === 'answered' ? called.result : null
  }
  try {
    const mark = (await look())?.mark
    return mark === undefined ? null : { mark, isExpected, arrivals: async () => (await look(mark))?.arrivals ?? null }
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}
