// The vault: what is sealed opens for whom it was sealed, and for nobody else; its key is made once.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openVault, VaultFailure } from '../../src/auth/vault.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-vault-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const secret = Buffer.from('a secret')

test('what was sealed opens again, after a restart too', async () => {
  const sealed = (await openVault(folder)).seal(secret, 'alice')
  expect(Buffer.from((await openVault(folder)).open(sealed, 'alice'))).toEqual(secret)
  expect(Buffer.from(sealed).includes(secret)).toBe(false)
})

test('the same secret is sealed another way each time', async () => {
  const vault = await openVault(folder)
  expect(Buffer.from(vault.seal(secret, 'alice'))).not.toEqual(Buffer.from(vault.seal(secret, 'alice')))
  expect(vault.open(vault.seal(Buffer.alloc(0), ''), '')).toHaveLength(0)
})

test('it opens about nothing else, with no bit changed, and not under another key', async () => {
  const vault = await openVault(folder)
  const sealed = Buffer.from(vault.seal(secret, 'alice'))
  expect(() => vault.open(sealed, 'bob')).toThrow(VaultFailure)
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => vault.open(changed, 'alice')).toThrow(VaultFailure)
  }
  for (const length of [0, 1, 20, sealed.length - 1]) expect(() => vault.open(sealed.subarray(0, length), 'alice')).toThrow(VaultFailure)
  rmSync(join(folder, 'vault.key'))
  const other = await openVault(folder)
  expect(() => other.open(sealed, 'alice')).toThrow(/vault\.key is not the one/)
})

test('its key is for its owner only, and a damaged one is refused in a sentence', async () => {
  await openVault(folder)
  const path = join(folder, 'vault.key')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readFileSync(path)).toHaveLength(32)
  writeFileSync(path, 'short')
  await expect(openVault(folder)).rejects.toThrow(/vault\.key is damaged/)
})
