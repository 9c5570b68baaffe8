// A certificate from an ACME server (RFC 8555): one order, from the account to the chain.
import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { join } from 'node:path'
import type { Prover } from './challenges.ts'

export interface AcmeServer {
  /** Address of its directory. */
  readonly directory: string
  readonly contact: string | null
  /** PEM of a private authority that signed the ACME server's own certificate; null for the public ones. */
  readonly ca: string | null
}

/** One request; the library tries again five times. */
const requestSeconds = 30

/**
 * Orders a certificate for these names under a key of its own. Whoever calls has agreed to the server's terms. Resolves with PEM: the key,
 * then the certificate with its chain. Rejects with what the server, the library or the prover said.
 */
export async function orderCertificate(
  { directory, contact, ca }: AcmeServer,
  folder: string,
  names: readonly string[],
  prover: Prover,
): Promise<string> {
  // Loaded by those who use it: it brings an HTTP client of its own along.
  const { default: acme } = await import('acme-client')
  // The library has one HTTP client, for the whole process: there is one ACME server as well.
  acme.axios.defaults.timeout = requestSeconds * 1000
  if (ca !== null) acme.axios.defaults.httpsAgent = new Agent({ ca })
  const client = new acme.Client({ directoryUrl: directory, accountKey: await accountKey(folder, directory) })
  const key = newKey()
  const [, csr] = await acme.crypto.createCsr({ altNames: [...names] }, key)
  const chain = await client.auto({
    csr,
    termsOfServiceAgreed: true,
    challengePriority: [prover.kind],
    // It would ask port 80 by itself, where a proxy or a firewall may answer us otherwise than the world.
    skipChallengeVerification: true,
    challengeCreateFn: (authorization, challenge, proof) => {
      const { token } = challenge
      if (challenge.type !== prover.kind) throw new Error(`the ACME server offers no ${prover.kind} for ${authorization.identifier.value}`)
      return prover.present(authorization.identifier.value, token, proof)
    },
    challengeRemoveFn: (authorization, { token }, proof) => prover.cleanup(authorization.identifier.value, token, proof),
    ...(contact === null ? {} : { email: contact }),
  })
  return `${key.trimEnd()}\n${chain.trimEnd()}\n`
}

/** One account for each ACME server: tried at a staging server first, it is another one at the real. */
async function accountKey(folder: string, directory: string): Promise<string> {
  const path = join(folder, `${new URL(directory).host.replaceAll(':', '_')}.key`)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const key = newKey()
  await writePrivate(folder, path, key)
  return key
}

const newKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** Whole or not at all, and for the server's user alone. */
export async function writePrivate(folder: string, path: string, content: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = `${path}.part`
  await writeFile(draft, content, { mode: 0o600, flush: true })
  await chmod(draft, 0o600)
  await rename(draft, path)
}
