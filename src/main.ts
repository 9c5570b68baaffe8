// Starts the server, says what to type into a phone, and stops it on a signal.
import { parseArgs } from 'node:util'
import { Refusal } from './admin/house.ts'
import { ConfigError, isLoopback, loadConfig, type Config } from './config.ts'
import { profilePath } from './enroll/profile.ts'
import { createLog } from './log.ts'
import type { RunningServer } from './server/running-server.ts'
import { startServer } from './server.ts'

/** The server itself needs less than five seconds; whoever started it need not wait for longer. */
const exitSeconds = 5
const echoMilliseconds = 500

async function run(): Promise<void> {
  const config = loadConfig({ file: configFile(), environment: process.env, directory: process.cwd() })
  const pretty = config.log.format === 'pretty' || (config.log.format === 'auto' && process.stdout.isTTY)
  const log = createLog({ level: config.log.level, pretty })
  for (const warning of config.warnings) log.warn(warning)
  // Signals may arrive while the house is being put together: it is finished first, and then taken down.
  const asked = Promise.withResolvers<NodeJS.Signals>()
  let askedAt: number | null = null
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait; a Ctrl-C comes twice by itself, from the terminal and from the launcher.
      if (askedAt !== null && Date.now() - askedAt > echoMilliseconds) process.exit(130)
      askedAt ??= Date.now()
      asked.resolve(signal)
    })
  }
  const server = await startServer(config, { log })
  // On a terminal it says that somebody closed the window: then the server ends, as every program does.
  if (!process.stdout.isTTY) process.on('SIGHUP', () => void server.renewCertificate())
  log.info({ ...server.ports, data: config.data, file: config.file }, 'Easel is ready')
  if (config.log.format !== 'json') process.stdout.write(`${welcome(server, config).join('\n')}\n`)
  const signal = await asked.promise
  log.info({ signal }, 'stopping')
  setTimeout(() => process.exit(0), exitSeconds * 1000).unref()
  await server.close()
  log.info('stopped')
  log.flush(() => process.exit(0))
}

function configFile(): string | null {
  try {
    return parseArgs({ options: { config: { type: 'string' } } }).values.config ?? null
  } catch (error) {
    throw new ConfigError('The server takes one option, --config FILE; all else is set in that file or in the environment.', {
      cause: error,
    })
  }
}

/** What a newcomer needs, and no more. */
function welcome({ ports, url, names, authority, demo, demoAdministrator }: RunningServer, config: Config): string[] {
  const { data, http, admin } = config
  const { host, port } = new URL(url)
  const others = names.slice(1).filter((name) => !/^(localhost|127\..*|::1)$/.test(name))
  const lines: string[] = ['', 'Easel is ready. On a phone, add an Exchange account:', `  server     ${host}`]
  if (others.length > 0) lines.push(`             (or ${others.map((name) => (port === '' ? name : `${name}:${port}`)).join(', ')})`)
  for (const { address, password } of demo) lines.push(`  user       ${address}   password  ${password}`)
  if (config.directory.servers.length > 0)
    lines.push('  user       somebody of the directory, asked for with: npx easel directory test LOGIN')
  else if (demo.length === 0) lines.push('  user       one you made with: npx easel account add you@example.com --password-stdin')
  if (authority !== null && ports.https !== null) {
    lines.push(
      '',
      'The phone has to trust this server first:',
      `  1. open ${url}${profilePath} in Safari and install the profile`,
      '  2. switch it on under Settings > General > About > Certificate Trust Settings ("full trust")',
      `  authority  ${authority.name}, SHA-256 ${authority.fingerprint}`,
    )
  }
  if (ports.admin !== null) {
    lines.push('', 'The console, for administrators:', `  address    ${consoleAddress(admin, ports.admin)}`)
    if (demoAdministrator === null)
      lines.push('  user       one you made with: npx easel admin add NAME --role administrator --password-stdin')
    else lines.push(`  user       ${demoAdministrator.name}   password  ${demoAdministrator.password}`)
    if (authority !== null && admin.tls)
      lines.push('  The browser warns of its certificate until it trusts our own authority: npx easel profile --pem')
  }
  lines.push('', `Data lies in ${data}.`)
  if (ports.lmtp !== null) lines.push(`Mail comes in by LMTP on port ${ports.lmtp}.`)
  if (ports.http !== null) lines.push(`Plain HTTP for a proxy is on ${http.address}, port ${ports.http}.`)
  return [...lines, '']
}

/** As a browser on this machine reaches it, if it listens here alone. */
function consoleAddress({ tls, address }: Config['admin'], port: number): string {
  const isHere = address === '*' || isLoopback(address)
  const name = isHere ? 'localhost' : address.includes(':') ? `[${address}]` : address
  return `${tls ? 'https' : 'http'}://${name}:${port}`
}

function sentence(error: unknown): string | null {
  return error instanceof ConfigError || error instanceof Refusal ? error.message : null
}

run().catch((error: unknown) => {
  const expected = sentence(error)
  process.stderr.write(`easel: ${expected ?? (error instanceof Error ? error.stack : String(error))}\n`)
  process.exit(1)
})
