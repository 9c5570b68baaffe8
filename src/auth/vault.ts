// Secrets that have to be shown again, sealed under a key that lies beside the store and not in it (AES-256-GCM).
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Vault {
  /** `about` says whose secret it is: sealed for one, it opens for nobody else. */
  seal(content: Uint8Array, about: string): Uint8Array
  /** Null for what was sealed under another key, about something else, or changed since. */
  open(sealed: Uint8Array, about: string): Uint8Array | null
}

/** In the data folder; a backup takes it along. */
export const vaultKeyName = 'vault.key'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** A vault under this key of 32 bytes. */
export function createVault(key: Uint8Array): Vault {
  return {
    seal(content, about) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about))
      return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed, about) {
      if (sealed.byteLength < nonceBytes + tagBytes) return null
      const bytes = Buffer.from(sealed)
      const end = bytes.length - tagBytes
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes)).setAAD(Buffer.from(about))
      decipher.setAuthTag(bytes.subarray(end))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()])
      } catch {
        return null
      }
    },
  }
}

/** The vault of a data folder; its key is made on first use, for the server's user alone. */
export async function openVault(dataFolder: string): Promise<Vault> {
  const path = join(dataFolder, vaultKeyName)
  await readFile(path).catch(() => make(path))
  const key = await readFile(path)
  if (key.length !== keyBytes) throw new Error(`${path} is no key of ${keyBytes} bytes: put the one of your backup in its place.`)
  return createVault(key)
}

/** Whole or not at all: of two that make it at once, one does. */
async function make(path: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, randomBytes(keyBytes), { mode: 0o600, flush: true })
  try {
    await link(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
}
