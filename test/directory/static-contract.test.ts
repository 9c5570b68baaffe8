// The directory of the accounts keeps what every directory promises.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { verifyPassword } from '../../src/auth/password.ts'
import { readListed } from '../../src/directory/static-file.ts'
import { createStaticDirectory } from '../../src/directory/static.ts'
import { cast, photo } from '../real/support/crowd.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { directoryContract } from './contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-directory-'))
let server: TestServer

/** What an account cannot say of itself. */
const listed = `
entries:
  - { name: Alice Liddell, address: alice@north.example, firstName: Alice, lastName: Liddell, photo: alice.jpg, certificates: [alice.pem] }
  - { name: Hugo, address: hugo@north.example, hidden: true }
  - { name: Sales of both companies, kind: group, address: sales@north.example, members: [bob@north.example, inner@north.example] }
  - { name: Inner sales, kind: group, address: inner@north.example, members: [alice@north.example, bob@north.example, sven@south.example, sales@north.example] }
`

beforeAll(async () => {
  server = await startTestServer({ accounts: [] })
  for (const { uid, addresses, displayName } of cast) {
    // Accounts have addresses that are nobody else's.
    const [primary, ...others] = addresses
    if (primary === undefined) continue
    const account = await server.account(primary, uid === 'dora' ? { disabled: true } : {})
    const own: [string, ...string[]] = [primary, ...others.filter((address) => address !== 'twin@north.example')]
    await server.store.accounts.change(account.id, { addresses: own, displayName })
  }
  writeFileSync(join(folder, 'alice.jpg'), photo)
  const keys = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '/dev/null']
  spawnSync('openssl', ['req', '-x509', ...keys, '-days', '30', '-subj', '/CN=Alice', '-out', join(folder, 'alice.pem')])
  writeFileSync(join(folder, 'directory.yaml'), listed)
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

directoryContract({ tellsDisabled: true }, () => ({
  open: ({ separateDomains = false } = {}) =>
    Promise.resolve(
      createStaticDirectory({
        accounts: server.store.accounts,
        clock: server.clock,
        rules: { lettersMin: 2, foundMax: 100, separateDomains },
        listed: readListed(join(folder, 'directory.yaml')),
        verify: verifyPassword,
      }),
    ),
  password,
}))
