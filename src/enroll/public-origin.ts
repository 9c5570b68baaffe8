// How the server is reached, for what is written down once: certificates and profiles, which no request's Host header is behind.
import { isIPv6 } from 'node:net'
import type { Config } from '../config.ts'

/** `https://mail.example.com:8443`: the public URL, or the first name and the port that is listened on. */
export function publicOrigin({ publicUrl, https }: Pick<Config, 'publicUrl' | 'https'>, hostName: string): string {
  if (publicUrl !== null) return publicUrl
  const port = https.port === null || https.port === 443 ? '' : `:${https.port}`
  return `https://${isIPv6(hostName) ? `[${hostName}]` : hostName}${port}`
}
