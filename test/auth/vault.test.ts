// The vault: what is sealed opens for whom it was sealed, and for nobody else.
import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createVault, openVault, vaultKeyName } from '../../src/auth/vault.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-vault-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const secret = Buffer.from('körner')

test('a secret opens again, after a restart too, and its key belongs to the server alone', async () => {
  const [vault, twin] = await Promise.all([openVault(folder), openVault(folder)])
  const sealed = vault.seal(secret, 'a')
  expect(Buffer.from(twin.open(sealed, 'a') ?? [])).toEqual(secret)
  expect(Buffer.from((await openVault(folder)).open(sealed, 'a') ?? [])).toEqual(secret)
  expect(statSync(join(folder, vaultKeyName)).mode & 0o777).toBe(0o600)
})

test('the same secret is sealed differently each time', () => {
  const vault = createVault(new Uint8Array(32))
  expect(vault.seal(secret, 'a')).not.toEqual(vault.seal(secret, 'a'))
})

test('nothing opens under another name, another key, or after a change', () => {
  const vault = createVault(new Uint8Array(32))
  const sealed = vault.seal(secret, 'a')
  expect(vault.open(sealed, 'b')).toBeNull()
  expect(createVault(new Uint8Array(32).fill(1)).open(sealed, 'a')).toBeNull()
  for (const at of [0, 12, sealed.length - 1]) {
    const changed = Uint8Array.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(vault.open(changed, 'a')).toBeNull()
  }
  expect(vault.open(new Uint8Array(27), 'a')).toBeNull()
})

test('a key that was cut short is refused with a sentence', async () => {
  await openVault(folder)
  truncateSync(join(folder, vaultKeyName), 5)
  await expect(openVault(folder)).rejects.toThrow('is no key of 32 bytes')
})
