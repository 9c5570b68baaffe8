// A certificate for signed and sealed mail, as a company publishes it in its directory.
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { run } from './daemon.ts'

/** DER; made by openssl, signed by itself, in `folder`. */
export async function mailCertificate(folder: string, address: string): Promise<Buffer> {
  const path = join(folder, 'mail.der')
  const { code, stderr } = await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30', '-subj', '/CN=mail'],
    ...['-addext', `subjectAltName=email:${address}`, '-addext', 'extendedKeyUsage=emailProtection'],
    ...['-keyout', join(folder, 'mail.pem'), '-outform', 'DER', '-out', path],
  ])
  if (code !== 0) throw new Error(`openssl req: ${stderr}`)
  return readFile(path)
}
