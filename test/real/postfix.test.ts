// Postfix as the smarthost: mail from a phone leaves over STARTTLS, waits while Postfix is away, and goes when it is back.
import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  describeWith,
  freePort,
  listens,
  programPath,
  removeFolder,
  run,
  selfSigned,
  start,
  temporaryFolder,
  until,
  type Daemon,
} from './support/daemon.ts'
import { Easel, message } from './support/easel.ts'

interface Arrived {
  readonly from: string
  readonly to: readonly string[]
  readonly source: string
}

describeWith(['postfix', 'openssl'], 'Postfix as the smarthost', () => {
  const arrived: Arrived[] = []
  const parts = new AsyncDisposableStack()
  let world: SMTPServer
  let postfix: Daemon
  let folder: string
  let port: number
  let easel: Easel

  beforeAll(async () => {
    folder = temporaryFolder()
    parts.defer(() => removeFolder(folder))
    port = await freePort()
    const worldPort = await freePort()
    world = await listenToTheWorld(worldPort, arrived)
    parts.defer(() => new Promise<void>((resolve) => world.close(() => resolve())))
    await configure(folder, port, worldPort)
    postfix = await startPostfix(folder, port)
    parts.defer(() => stopPostfix(folder, postfix))
    easel = await Easel.start({
      EASEL_SMARTHOST: 'localhost',
      EASEL_SMARTHOST_PORT: String(port),
      EASEL_SMARTHOST_TLS: 'starttls',
      EASEL_SMARTHOST_CA: join(folder, 'certificate.pem'),
    })
    parts.defer(() => easel.dispose())
  })
  afterAll(() => parts.disposeAsync())

  const arrival = (subject: string) => until(subject, () => arrived.find(({ source }) => source.includes(`Subject: ${subject}`)) ?? null)

  test('takes what a phone sends, and the world gets it without Bcc', async () => {
    const phone = await easel.phone('alice')
    const mime = message('Alice <alice@example.com>', 'dora@world.example', 'To the world').replace(
      '\r\nSubject:',
      '\r\nBcc: secret@world.example\r\nSubject:',
    )
    expect((await phone.sendMail(mime)).status).toBe(200)
    const { from, to, source } = await arrival('To the world')
    expect(from).toBe('alice@example.com')
    expect([...to].sort()).toContain('dora@world.example')
    expect(source).not.toMatch(/^bcc:/im)
    expect(source).toMatch(/^Received: .*TLS/ims)
    await phone.syncAll('Sent Items')
    phone.mail('Sent Items', 'To the world')
    expect(await easel.ask('queue', 'list')).toEqual([])
    phone.close()
  })

  test('refuses a recipient, and the sender is told', async () => {
    const phone = await easel.phone('bob')
    await phone.sendMail(message('bob@example.com', 'nobody@refused.example', 'Nobody there'))
    const bounce = await until('the bounce', async () => {
      await phone.syncAll('Inbox')
      return phone.items('Inbox').find((item) => /nobody@refused\.example/.test([...item.properties.values()].join('\n'))) ?? null
    })
    expect(bounce.properties.get('Email:To')).toContain('bob@example.com')
    phone.close()
  })

  test('that is away leaves the message in the queue, where the administrator sees why', async () => {
    await stopPostfix(folder, postfix)
    const phone = await easel.phone('alice')
    expect((await phone.sendMail(message('alice@example.com', 'dora@world.example', 'Waits'))).status).toBe(200)
    const [queued] = await until('a first attempt', async () => {
      const queue = await easel.ask<{ recipients: string[]; attempts: number; lastError: string | null }[]>('queue', 'list')
      return queue.some(({ attempts }) => attempts > 0) ? queue : null
    })
    expect(queued).toMatchObject({ recipients: ['dora@world.example'], lastError: expect.stringMatching(/\S/) })
    // A restart loses nothing of it.
    expect(await easel.stop()).toBe(0)
    await easel.boot()
    expect(await easel.ask<unknown[]>('queue', 'list')).toHaveLength(1)
    phone.close()
  })
})

/** Where Postfix relays to: takes everything but mail for refused.example. */
async function listenToTheWorld(port: number, arrived: Arrived[]): Promise<SMTPServer> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: ({ address }, _session, done) =>
      done(address.endsWith('@refused.example') ? Object.assign(new Error('no such user'), { responseCode: 550 }) : null),
    onData: (stream, session, done) => {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        arrived.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source: Buffer.concat(pieces).toString(),
        })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  return server
}

async function configure(folder: string, port: number, worldPort: number): Promise<void> {
  const { certificate, key } = selfSigned(folder)
  for (const name of ['conf', 'queue', 'data']) mkdirSync(join(folder, name))
  const { stdout: id } = await run('id', ['-u', 'postfix'])
  if (userInfo().uid === 0) chownSync(join(folder, 'data'), Number(id), 0)
  const settings: Readonly<Record<string, string>> = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    command_directory: '/usr/sbin',
    daemon_directory: '/usr/lib/postfix/sbin',
    meta_directory: '/etc/postfix',
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    myhostname: 'smarthost.example.com',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    relayhost: `[127.0.0.1]:${worldPort}`,
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    // Refused by name, as a smarthost that knows its recipients does.
    smtpd_recipient_restrictions: `check_recipient_access inline:{ {refused.example = 550 no such user} }, permit_mynetworks, reject`,
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: certificate,
    smtpd_tls_key_file: key,
    smtpd_tls_received_header: 'yes',
    local_recipient_maps: '',
    alias_maps: '',
    alias_database: '',
    // Not /dev/stdout: the pipes of a child of ours are sockets, which cannot be opened by name.
    maillog_file: join(folder, 'log'),
    maillog_file_prefixes: folder,
  }
  writeFileSync(
    join(folder, 'conf', 'main.cf'),
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  )
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'smtp unix - - n - - smtp',
    'relay unix - - n - - smtp',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd',
  ]
  writeFileSync(join(folder, 'conf', 'master.cf'), `${services.join('\n')}\n`)
}

async function startPostfix(folder: string, port: number): Promise<Daemon> {
  const daemon = start(programPath('postfix') ?? 'postfix', ['-c', join(folder, 'conf'), 'start-fg'])
  await until('Postfix listens', () => daemon.running() && listens(port))
  return daemon
}

/** Its own command stops it: the children belong to the master, not to us. */
async function stopPostfix(folder: string, daemon: Daemon): Promise<void> {
  await run(programPath('postfix') ?? 'postfix', ['-c', join(folder, 'conf'), 'stop'])
  await daemon.stop()
}
