// How the server is reached, for what is written down once: certificates and profiles, which no request's Host header is behind.
import { isIPv6 } from 'node:net'
import type { Config } from '../config.ts'

const inUrl = (name: string) => (isIPv6(name) ? `[${name}]` : name)

/** `https://mail.example.com:8443`: the public URL, or the first name and the port that is listened on. */
export function publicOrigin({ publicUrl, https }: Pick<Config, 'publicUrl' | 'https'>, hostName: string): string {
  if (publicUrl !== null) return publicUrl
  const port = https.port === null || https.port === 443 ? '' : `:${https.port}`
  return `https://${inUrl(hostName)}${port}`
}

/** What the addresses of lists of revoked certificates start with: `http://mail.example.com` where they have a port of their own. */
export function listOrigin({ ca, ...config }: Pick<Config, 'ca' | 'publicUrl' | 'https'>, hostName: string): string {
  if (ca.listOrigin !== null) return ca.listOrigin
  if (ca.listPort === null) return publicOrigin(config, hostName)
  return `http://${inUrl(hostName)}${ca.listPort === 80 ? '' : `:${ca.listPort}`}`
}
