// Files of a certificate as certbot and Kubernetes exchange them: by links, the one after the other, noticed at once.
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAuthority, openServerCertificate } from '../../src/enroll/authority.ts'
import { keepCertificate } from '../../src/enroll/certificate-keeper.ts'
import { systemClock } from '../../src/model/clock.ts'
import { watchCertificate, type CertificateWatch } from '../../src/server/certificate-watch.ts'
import { removeFolder, temporaryFolder, until } from './support/daemon.ts'

let folder: string
let used: string[]
let watch: CertificateWatch | null
beforeEach(() => {
  folder = temporaryFolder()
  used = []
  watch = null
})
afterEach(async () => {
  await watch?.close()
  removeFolder(folder)
})

/** Puts a pair of files for `name` into a folder of their own. */
async function pair(place: string, name: string): Promise<string> {
  const authority = await openAuthority(join(folder, 'authority'), 'test', systemClock)
  const { cert, key } = await openServerCertificate(authority, join(folder, 'authority'), [name], systemClock)
  mkdirSync(join(folder, place), { recursive: true })
  writeFileSync(join(folder, place, 'fullchain.pem'), cert)
  writeFileSync(join(folder, place, 'privkey.pem'), key)
  return cert
}

/** Puts a link in the place of another. */
function link(target: string, path: string): void {
  symlinkSync(target, `${path}.new`)
  renameSync(`${path}.new`, path)
}

async function begin(live: string): Promise<void> {
  const files = { certificate: join(live, 'fullchain.pem'), key: join(live, 'privkey.pem'), standIn: false }
  const keeper = await keepCertificate({ dataFolder: folder, files, names: [], clock: systemClock })
  const log = pino({ level: 'silent' })
  const use = ({ cert }: { readonly cert: string }) => void used.push(cert)
  watch = watchCertificate({ keeper, paths: [files.certificate, files.key], use, clock: systemClock, log })
}

test('links of certbot are followed, one file after the other', async () => {
  await pair('archive/1', 'one.example')
  const live = join(folder, 'live')
  mkdirSync(live)
  for (const name of ['fullchain.pem', 'privkey.pem']) link(`../archive/1/${name}`, join(live, name))
  await begin(live)
  const second = await pair('archive/2', 'two.example')
  link('../archive/2/fullchain.pem', join(live, 'fullchain.pem'))
  setTimeout(() => link('../archive/2/privkey.pem', join(live, 'privkey.pem')), 1500)
  await until('the second certificate is in use', () => used.length > 0, 20)
  expect(used).toEqual([second])
})

test('a folder that Kubernetes exchanges as a whole is followed', async () => {
  await pair('secret/..1', 'one.example')
  const live = join(folder, 'secret')
  link('..1', join(live, '..data'))
  for (const name of ['fullchain.pem', 'privkey.pem']) link(`..data/${name}`, join(live, name))
  await begin(live)
  const second = await pair('secret/..2', 'two.example')
  link('..2', join(live, '..data'))
  await until('the second certificate is in use', () => used.length > 0, 20)
  expect(used).toEqual([second])
})
