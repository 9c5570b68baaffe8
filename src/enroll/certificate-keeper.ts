// The server's certificate, kept current while the server runs: our own is renewed, somebody else's is read again.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Clock } from '../model/clock.ts'
import {
  authorityFolder,
  isDue,
  loadServerCertificate,
  openAuthority,
  openServerCertificate,
  type Authority,
  type ServerCertificate,
} from './authority.ts'

export interface CertificateFiles {
  readonly certificate: string
  /** May be the same file. */
  readonly key: string
  /** Whether our own authority stands in as long as they are not there. */
  readonly standIn: boolean
}

export interface KeeperOptions {
  readonly dataFolder: string
  /** The files somebody else keeps; null to use our own authority. */
  readonly files: CertificateFiles | null
  readonly names: readonly string[]
  readonly clock: Clock
}

export interface CertificateKeeper {
  readonly current: ServerCertificate
  /** Null where the certificate is somebody else's. */
  readonly authority: Authority | null
  /** Whether there is another certificate since the last time. Rejects, and keeps the current one, if it cannot be used. */
  refresh(): Promise<boolean>
}

/** The files the configuration names, or those an ACME server's certificate is kept in; null where our own authority signs. */
export function certificateFiles({
  data,
  acme,
  https: { certificate, key },
}: Pick<Config, 'data' | 'acme' | 'https'>): CertificateFiles | null {
  if (certificate !== null && key !== null) return { certificate, key, standIn: false }
  if (acme.directory === null) return null
  const path = acmeCertificatePath(data)
  return { certificate: path, key: path, standIn: true }
}

/** Whether phones meet a certificate of our own authority, and so have to know it. Behind a proxy that speaks TLS they never do. */
export function showsOwnCertificate(config: Pick<Config, 'data' | 'acme' | 'https'>): boolean {
  return config.https.port !== null && certificateFiles(config) === null
}

/** One file for both, so that no half of it is ever another's. */
export function acmeCertificatePath(dataFolder: string): string {
  return join(dataFolder, 'acme', 'server.pem')
}

/** Opens the certificate, making what is missing. Rejects with a sentence if configured files cannot be used. */
export async function keepCertificate({ dataFolder, files, names, clock }: KeeperOptions): Promise<CertificateKeeper> {
  const folder = authorityFolder(dataFolder)
  const authority = files === null || files.standIn ? await openAuthority(folder, names[0] ?? 'localhost', clock) : null
  const openOwn = () => {
    if (authority === null) throw new Error('without files there is an authority')
    return openServerCertificate(authority, folder, names, clock)
  }
  const open = async () => {
    if (files === null || (files.standIn && !existsSync(files.certificate))) return openOwn()
    return loadServerCertificate(files.certificate, files.key)
  }
  // Where ours stands in, whatever is wrong with the files is mended by the next order: the server comes up.
  let current = await open().catch((error: unknown) => {
    if (files?.standIn === true) return openOwn()
    throw error
  })
  return {
    authority: files === null ? authority : null,
    get current() {
      return current
    },
    refresh: async () => {
      if (files === null && !isDue(current, clock.now())) return false
      const next = await open()
      const isNew = next.cert !== current.cert
      current = next
      return isNew
    },
  }
}
