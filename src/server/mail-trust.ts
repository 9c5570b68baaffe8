// Opens what judges mail certificates: the authorities the configuration names, and who knows of revocations.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ReadCertificate } from '../auth/chain/certificate.ts'
import { createChains, type Revocations } from '../auth/chain/chain.ts'
import { certificatesOf, createMailTrust, machineRoots, type MailTrust } from '../auth/mail-trust.ts'
import { ConfigError, type Config } from '../config.ts'
import type { Clock } from '../model/clock.ts'

/** Throws a ConfigError where the named authorities cannot be read. */
export function openMailTrust({ smime }: Config, clock: Clock, revocations: Revocations): MailTrust {
  const own = smime.trusted === null ? [] : readAuthorities(smime.trusted)
  return createMailTrust({ chains: createChains(clock, revocations), own, publicRoots: smime.publicRoots ? machineRoots : () => [] })
}

function readAuthorities(path: string): readonly ReadCertificate[] {
  const found = filesAt(path).flatMap((file) => certificatesOf(readFileSync(file)))
  if (found.length === 0) throw new ConfigError(`smime.trusted (EASEL_SMIME_TRUSTED) names ${path}, which holds no certificate.`)
  return found
}

function filesAt(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    const entries = readdirSync(path, { withFileTypes: true })
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => join(path, name))
  } catch (error) {
    const sentence = `smime.trusted (EASEL_SMIME_TRUSTED) names ${path}, which cannot be read: check the path and its permissions.`
    throw new ConfigError(sentence, { cause: error })
  }
}
