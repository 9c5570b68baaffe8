// Where phones are told to go, as the configuration has it.
import type { Config } from '../config.ts'
import { hostNames, machineNames } from '../enroll/host-names.ts'

/** The server's name and port as phones reach it; null where nothing but plain HTTP is configured and no public URL. */
export function publicAddress({ publicUrl, names, https }: Config): { readonly host: string; readonly port: number } | null {
  if (publicUrl !== null) {
    const url = new URL(publicUrl)
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 443 : Number(url.port) }
  }
  if (https.port === null) return null
  return { host: hostNames(names, machineNames())[0] ?? 'localhost', port: https.port }
}
