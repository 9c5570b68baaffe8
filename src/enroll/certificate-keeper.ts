// The server's certificate, kept current while the server runs: our own is renewed, somebody else's is read again.
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

export interface KeeperOptions {
  readonly dataFolder: string
  /** The files somebody else keeps; null to use our own authority. */
  readonly files: { readonly certificate: string; readonly key: string } | null
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

/** The files the configuration names; null where our own authority signs. */
export function certificateFiles({ https: { certificate, key } }: Config): KeeperOptions['files'] {
  return certificate === null || key === null ? null : { certificate, key }
}

/** Opens the certificate, making what is missing. Rejects with a sentence if configured files cannot be used. */
export async function keepCertificate({ dataFolder, files, names, clock }: KeeperOptions): Promise<CertificateKeeper> {
  const folder = authorityFolder(dataFolder)
  const authority = files === null ? await openAuthority(folder, names[0] ?? 'localhost', clock) : null
  const open = async () => {
    if (files !== null) return loadServerCertificate(files.certificate, files.key)
    if (authority === null) throw new Error('without files there is an authority')
    return openServerCertificate(authority, folder, names, clock)
  }
  let current = await open()
  return {
    authority,
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
