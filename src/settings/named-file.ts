// Files that settings name: passwords, and authorities that are believed.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigError } from '../setting.ts'

/** What is in the file that a setting names. Throws a ConfigError. */
export function content(path: string, directory: string, setting: string): string {
  try {
    return readFileSync(resolve(directory, path), 'utf8')
  } catch (error) {
    throw new ConfigError(`${setting} names ${path}, which cannot be read: check the path and its permissions.`, { cause: error })
  }
}

/** Certificates in PEM. Throws a ConfigError for what is none: nobody would be believed by it, and only whoever connects would find out. */
export function authorities(path: string, directory: string, setting: string): string {
  const pem = content(path, directory, setting)
  if (isCertificate(pem)) return pem
  throw new ConfigError(
    `${setting} names ${path}, which holds no certificate in PEM: out of DER, openssl x509 -inform DER -in FILE -out ca.pem makes one.`,
  )
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
