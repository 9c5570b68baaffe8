// A password's hash that costs nothing to check: of the thousands of logins of a run hardly one is about what a hash costs.
import { argon2Sync } from 'node:crypto'

export function quickHash(password: string): string {
  const nonce = Buffer.from('sixteen bytes ok')
  const hash = argon2Sync('argon2id', { message: Buffer.from(password), nonce, memory: 8, passes: 1, parallelism: 1, tagLength: 32 })
  const [salt, digest] = [nonce, hash].map((bytes) => bytes.toString('base64').replace(/=+$/, ''))
  return `$argon2id$v=19$m=8,t=1,p=1$${salt}$${digest}`
}
