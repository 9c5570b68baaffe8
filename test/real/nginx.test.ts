// nginx in front, set up by docs/deploy/nginx.md; and one that gives up too early, which the doctor finds out.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith, freePort, listens, programPath, removeFolder, selfSigned, start, temporaryFolder, until } from './support/daemon.ts'
import { Easel, password } from './support/easel.ts'
import { testProxy, type Surroundings } from './support/proxy.ts'
import { recipe } from './support/recipe.ts'

/** nginx in the foreground, with these servers. */
function startNginx(folder: string, servers: string) {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')
  const configuration = `
    daemon off;
    master_process off;
    pid ${folder}/pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      ${paths}
      ${servers}
    }`
  writeFileSync(join(folder, 'nginx.conf'), configuration)
  return start(programPath('nginx') ?? 'nginx', ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')])
}

testProxy({
  name: 'nginx',
  programs: ['nginx'],
  form: 'nginx',
  onExpired: 'HTTP 400',
  start: ({ port, easel, dav, folder, certificate, key, authorities }: Surroundings) =>
    startNginx(
      folder,
      recipe('nginx', '/etc/nginx/conf.d/easel.conf', {
        'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
        '127.0.0.1:8080': `127.0.0.1:${easel}`,
        '127.0.0.1:8081': `127.0.0.1:${dav}`,
        '/etc/ssl/mail.example.com/fullchain.pem': certificate,
        '/etc/ssl/mail.example.com/key.pem': key,
        '/etc/ssl/mail.example.com/client-authorities.pem': authorities,
      }),
    ),
})

describeWith(['nginx', 'openssl'], 'nginx in a hurry', () => {
  const parts = new AsyncDisposableStack()
  let easel: Easel
  let folder: string
  let hasty: number

  beforeAll(async () => {
    easel = await Easel.start({ EASEL_TRUSTED_PROXIES: 'loopback' })
    parts.defer(() => easel.dispose())
    folder = temporaryFolder()
    parts.defer(() => removeFolder(folder))
    hasty = await freePort()
    const files = selfSigned(folder)
    const nginx = startNginx(
      folder,
      `server {
        listen 127.0.0.1:${hasty} ssl;
        ssl_certificate ${files.certificate};
        ssl_certificate_key ${files.key};
        location / {
          proxy_pass http://127.0.0.1:${easel.ports.http};
          proxy_set_header X-Forwarded-For $remote_addr;
          proxy_set_header X-Forwarded-Proto $scheme;
          proxy_read_timeout 2s;
        }
      }`,
    )
    parts.defer(() => nginx.stop('SIGQUIT').then(() => undefined))
    await until('nginx listens', () => nginx.running() && listens(hasty))
  }, 180_000)
  afterAll(() => parts.disposeAsync())

  test('is found out by the doctor', async () => {
    const where = ['--server', `localhost:${hasty}`, '--ca', join(folder, 'certificate.pem')]
    const examined = await easel.shell(['doctor', 'bob@example.com', ...where, '--hold', '60', '--password-stdin'], password)
    expect(examined.stdout).toMatch(/FAILED +held request: A proxy gave up after [23] seconds with HTTP 504/)
    expect(examined.code).toBe(1)
  })
})
