// nginx in front, speaking TLS: a request may wait longer than nginx waits by itself, and the doctor notices where it may not.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
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
} from './support/daemon.ts'
import { Easel, password } from './support/easel.ts'

describeWith(['nginx', 'openssl', 'swaks'], 'nginx', () => {
  const parts = new AsyncDisposableStack()
  let easel: Easel
  let folder: string
  let patient: number
  let hasty: number
  let certificate: string

  beforeAll(async () => {
    easel = await Easel.start({ EASEL_TRUSTED_PROXIES: 'loopback' })
    parts.defer(() => easel.dispose())
    folder = temporaryFolder()
    parts.defer(() => removeFolder(folder))
    patient = await freePort()
    hasty = await freePort()
    const files = selfSigned(folder)
    certificate = readFileSync(files.certificate, 'utf8')
    const server = (port: number, patience: string) => `
      server {
        listen 127.0.0.1:${port} ssl;
        server_name localhost;
        ssl_certificate ${files.certificate};
        ssl_certificate_key ${files.key};
        location / {
          proxy_pass http://127.0.0.1:${easel.ports.http};
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $remote_addr;
          proxy_set_header X-Forwarded-Proto $scheme;
          proxy_buffering off;
          proxy_request_buffering off;
          client_max_body_size 64m;
          ${patience}
        }
      }`
    const configuration = `
      daemon off;
      master_process off;
      pid ${folder}/pid;
      error_log stderr;
      events {}
      http {
        access_log off;
        client_body_temp_path ${folder}/body;
        proxy_temp_path ${folder}/proxy;
        fastcgi_temp_path ${folder}/fastcgi;
        uwsgi_temp_path ${folder}/uwsgi;
        scgi_temp_path ${folder}/scgi;
        ${server(patient, 'proxy_read_timeout 3660s; proxy_send_timeout 3660s;')}
        ${server(hasty, 'proxy_read_timeout 2s;')}
      }`
    writeFileSync(join(folder, 'nginx.conf'), configuration)
    const nginx = start(programPath('nginx') ?? 'nginx', ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')])
    parts.defer(() => nginx.stop('SIGQUIT').then(() => undefined))
    await until('nginx listens', () => nginx.running() && listens(patient))
  })
  afterAll(() => parts.disposeAsync())

  const through = (port: number) => ({ url: `https://localhost:${port}`, ca: certificate })

  test('lets a Ping wait past the sixty seconds it would wait by itself, and passes on what woke it', async () => {
    const phone = await easel.phone('alice', through(patient))
    const begun = performance.now()
    const pinged = phone.ping(['Inbox'], 300)
    // The one wait in these tests that is about time itself: nginx' own patience has to run out first.
    await Promise.race([pinged, setTimeout(63_000)])
    await run('swaks', [
      ...['--protocol', 'LMTP', '--server', '127.0.0.1', '--port', String(easel.ports.lmtp)],
      ...['--from', 'carol@elsewhere.example', '--to', 'alice@example.com', '--header', 'Subject: After a minute'],
    ])
    expect(await pinged).toMatchObject({ status: 2, folders: ['Inbox'] })
    expect(performance.now() - begun).toBeGreaterThan(60_000)
    await phone.syncAll('Inbox')
    phone.mail('Inbox', 'After a minute')
    expect(phone.violations).toEqual([])
    phone.close()
  })

  test('takes a message of several megabytes through', async () => {
    const phone = await easel.phone('bob', through(patient))
    const attachment = Buffer.alloc(6_000_000, 'easel').toString('base64').replaceAll(/.{76}/g, '$&\r\n')
    const mime = [
      'From: bob@example.com',
      'To: alice@example.com',
      'Subject: Large',
      'MIME-Version: 1.0',
      'Content-Type: application/octet-stream; name=easel.bin',
      'Content-Transfer-Encoding: base64',
      '',
      attachment,
    ].join('\r\n')
    expect((await phone.sendMail(mime)).status).toBe(200)
    const other = await easel.phone('alice', through(patient))
    expect(other.items('Inbox').map((item) => item.properties.get('Email:Subject'))).toContain('Large')
    phone.close()
    other.close()
  })

  test('that gives up after two seconds is found out by the doctor', async () => {
    const examined = await easel.shell(
      [
        'doctor',
        'bob@example.com',
        '--server',
        `localhost:${hasty}`,
        '--ca',
        join(folder, 'certificate.pem'),
        '--hold',
        '60',
        '--password-stdin',
      ],
      password,
    )
    expect(examined.stdout).toMatch(/FAILED +held request: A proxy gave up after [23] seconds with HTTP 504/)
    expect(examined.code).toBe(1)
  })
})
