// Where the authorities for clients are kept: certificates in the clear, keys sealed under the vault, one of them in use.
import './reflection.ts'
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import type { Vault } from '../auth/vault.ts'
import { CertificateRefused, type ClientAuthority } from './certificate-desk.ts'
import { clientAuthority } from './client-authority.ts'
import { pemOf } from './signing.ts'

export interface Shelf {
  /** Null where there is none, or nothing but a request. */
  readonly current: ClientAuthority | null
  /** Those before it: their certificates are still taken, and their lists signed. */
  readonly earlier: readonly ClientAuthority[]
  /** What the company's authority was asked for and has not given yet. */
  readonly request: OpenRequest | null
}

export interface OpenRequest {
  /** PEM, PKCS#10. */
  readonly pem: string
  readonly key: KeyObject
}

export interface AuthorityShelf {
  /** Rejects, in words, if what is there does not belong together: clients trust what is lost then. */
  read(): Promise<Shelf>
  /** Puts an authority into use; the request it may have come from is answered with it. */
  use(authority: ClientAuthority): Promise<void>
  /** In the place of an earlier request. */
  ask(request: OpenRequest): Promise<void>
}

const inUse = 'in-use'
const requestName = 'request'

/** The shelf of a data folder. */
export function authorityShelf(dataFolder: string, vault: Vault): AuthorityShelf {
  const folder = join(dataFolder, 'ca')
  const readKey = async (name: string) => {
    const path = join(folder, `${name}.key`)
    const sealed = await content(path)
    const opened = sealed === null ? null : vault.open(sealed, about(name))
    if (opened === null)
      throw new CertificateRefused(`The key ${path} cannot be opened: put it and the vault.key it was sealed under back from your backup.`)
    return createPrivateKey({ key: Buffer.from(opened), format: 'der', type: 'pkcs8' })
  }
  const writeKey = (name: string, key: KeyObject) =>
    write(folder, `${name}.key`, vault.seal(key.export({ type: 'pkcs8', format: 'der' }), about(name)), 0o600)
  const readAuthority = async (id: string) => {
    const pem = await readFile(join(folder, `${id}.crt`), 'utf8')
    const chain = x509.PemConverter.decode(pem).map((der) => new Uint8Array(der))
    return clientAuthority(chain, await readKey(id))
  }
  return {
    async read() {
      const names = (await readdir(folder).catch(ifMissing<string[]>([]))).filter((name) => name.endsWith('.crt'))
      const authorities = await Promise.all(names.map((name) => readAuthority(name.slice(0, -'.crt'.length))))
      const used = (await content(join(folder, inUse)))?.toString('utf8').trim()
      const pem = (await content(join(folder, `${requestName}.csr`)))?.toString('utf8')
      const current = authorities.find(({ id }) => id === used) ?? null
      if (used !== undefined && current === null)
        throw new CertificateRefused(`${folder} lacks the authority that is in use, ${used}.crt: put it back from your backup.`)
      return {
        current,
        earlier: authorities.filter((each) => each !== current),
        request: pem === undefined ? null : { pem, key: await readKey(requestName) },
      }
    },
    async use({ id, chain, key }) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      // The key first: a certificate whose key was lost could never be used again.
      await writeKey(id, key)
      await write(folder, `${id}.crt`, Buffer.from(pemOf(chain)), 0o644)
      await write(folder, inUse, Buffer.from(`${id}\n`), 0o644)
      for (const name of [`${requestName}.csr`, `${requestName}.key`]) await rm(join(folder, name), { force: true })
    },
    async ask({ pem, key }) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeKey(requestName, key)
      await write(folder, `${requestName}.csr`, Buffer.from(pem), 0o644)
    },
  }
}

const about = (name: string) => `authority key/${name}`

function ifMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return instead
    throw error
  }
}

function content(path: string): Promise<Buffer | null> {
  return readFile(path).catch(ifMissing<null>(null))
}

/** Whole or not at all, and never readable by others for a moment. */
async function write(folder: string, name: string, bytes: Uint8Array, mode: number): Promise<void> {
  const path = join(folder, name)
  const draft = `${path}.part`
  await rm(draft, { force: true })
  await writeFile(draft, bytes, { mode, flush: true })
  await rename(draft, path)
}
