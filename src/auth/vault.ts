// The vault: secrets that have to be read again, sealed under a key that lies beside the store and not in it.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Vault {
  /** Seals bytes. `about` says whose they are, and what: what was sealed for one thing does not open as another. */
  seal(bytes: Uint8Array, about: string): Uint8Array
  /** Throws VaultFailure if the bytes were changed, or sealed about something else or under another key. */
  open(sealed: Uint8Array, about: string): Uint8Array
}

/** What was sealed cannot be opened. */
export class VaultFailure extends Error {
  override readonly name = 'VaultFailure'
}

/** The key's file in the data folder. Whoever has it and the store has every sealed secret; either alone is worth nothing. */
const keyName = 'vault.key'
const keyBytes = 32
/** The first byte of what is sealed: how the rest is laid out. */
const layout = 1
const nonceBytes = 12
const tagBytes = 16
const algorithm = 'aes-256-gcm'

/** Opens the vault of a data folder, which has to be locked; makes its key if there is none. */
export async function openVault(dataFolder: string): Promise<Vault> {
  const path = join(dataFolder, keyName)
  const key = (await readKey(path)) ?? (await makeKey(path))
  if (key.length !== keyBytes) throw new VaultFailure(`${path} is damaged: put the one of a backup in its place.`)
  return {
    seal(bytes, about) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(about))
      const content = Buffer.concat([cipher.update(bytes), cipher.final()])
      return Buffer.concat([Buffer.of(layout), nonce, content, cipher.getAuthTag()])
    },
    open(sealed, about) {
      const bytes = Buffer.from(sealed)
      if (bytes[0] !== layout || bytes.length < 1 + nonceBytes + tagBytes) throw new VaultFailure('a sealed secret is damaged')
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(1, 1 + nonceBytes), { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(-tagBytes))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes)), decipher.final()])
      } catch (error) {
        throw new VaultFailure(`a sealed secret does not open: it was changed, or ${keyName} is not the one it was sealed with`, {
          cause: error,
        })
      }
    },
  }
}

async function readKey(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** A start that is killed in the middle leaves no half of a key behind. */
async function makeKey(path: string): Promise<Buffer> {
  const key = randomBytes(keyBytes)
  await writeFile(`${path}.part`, key, { mode: 0o600, flush: true })
  await rename(`${path}.part`, path)
  return key
}
