// Pebble, the small ACME server of Let's Encrypt's authors, with a name server of its own: both on random loopback ports.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, listens, run, start, until } from './daemon.ts'

export interface Pebble {
  readonly directory: string
  /** The file of the authority that signed its own certificate. */
  readonly ca: string
  /** PEM of the root that certificates of this run lead to. */
  root(): Promise<string>
  /** Where the name server takes TXT records: `/set-txt` and `/clear-txt`. */
  readonly names: string
  stop(): Promise<void>
}

export interface PebbleOptions {
  readonly folder: string
  /** Where it asks for answers over HTTP. */
  readonly httpPort: number
  readonly validitySeconds: number
  /** Fails this many of a hundred nonces. */
  readonly badNonces?: number
}

/** Starts both; every name is 127.0.0.1. */
export async function startPebble({ folder, httpPort, validitySeconds, badNonces = 5 }: PebbleOptions): Promise<Pebble> {
  const [port, management, dns, dnsManagement] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const file = (name: string) => join(folder, name)
  const made = ['-newkey', 'rsa:2048', '-noenc', '-keyout', file('pebble.key'), '-out', file('pebble.crt'), '-days', '30']
  await run('openssl', ['req', '-x509', ...made, '-subj', '/CN=pebble', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'])
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: file('pebble.crt'),
    privateKey: file('pebble.key'),
    httpPort,
    tlsPort: 1,
    certificateValidityPeriod: validitySeconds,
  }
  writeFileSync(file('pebble.json'), JSON.stringify({ pebble: config }))
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', '']
  const nameServer = start('pebble-challtestsrv', [...off, '-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsManagement}`])
  const environment = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: String(badNonces) }
  const pebble = start('pebble', ['-config', file('pebble.json'), '-dnsserver', `127.0.0.1:${dns}`], environment)
  await until('pebble listens', () => pebble.running() && listens(port))
  await until('its name server listens', () => nameServer.running() && listens(dnsManagement))
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    ca: file('pebble.crt'),
    names: `http://127.0.0.1:${dnsManagement}`,
    root: async () => {
      const { stdout } = await run('curl', ['-sS', '--cacert', file('pebble.crt'), `https://127.0.0.1:${management}/roots/0`])
      return stdout
    },
    stop: async () => {
      await Promise.all([pebble.stop(), nameServer.stop()])
    },
  }
}

/** A hook as an administrator writes one: it puts the record into the name server, and notes how it was called. */
export function writeHook(folder: string, names: string): readonly string[] {
  const path = join(folder, 'hook.mjs')
  writeFileSync(
    path,
    `import { appendFileSync } from 'node:fs'
const [what, name, value] = process.argv.slice(2)
appendFileSync(${JSON.stringify(join(folder, 'hook.log'))}, what + ' ' + name + ' ' + (process.env.EASEL_HOST ?? '-') + '\\n')
const path = what === 'present' ? '/set-txt' : '/clear-txt'
const answer = await fetch(${JSON.stringify(names)} + path, { method: 'POST', body: JSON.stringify({ host: name + '.', value }) })
process.exit(answer.ok ? 0 : 1)
`,
  )
  return [process.execPath, path]
}

/** How the hook was called. */
export function hookCalls(folder: string): string[] {
  return readFileSync(join(folder, 'hook.log'), 'utf8').trimEnd().split('\n')
}
