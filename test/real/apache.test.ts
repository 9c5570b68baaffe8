// Apache in front, set up by docs/deploy/apache.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programPath, start } from './support/daemon.ts'
import { testProxy } from './support/proxy.ts'
import { recipe } from './support/recipe.ts'

const modules = ['mpm_event', 'authz_core', 'ssl', 'socache_shmcb', 'headers', 'reqtimeout', 'proxy', 'proxy_http', 'env']

testProxy({
  name: 'Apache',
  programs: ['apache2'],
  form: 'apache',
  isBlind: true,
  onExpired: 'no handshake',
  start: ({ port, easel, dav, folder, certificate, key, authorities }) => {
    const site = recipe('apache', '/etc/apache2/sites-available/easel.conf', {
      '*:443': `127.0.0.1:${port}`,
      '127.0.0.1:8080': `127.0.0.1:${easel}`,
      '127.0.0.1:8081': `127.0.0.1:${dav}`,
      '/etc/ssl/mail.example.com/fullchain.pem': certificate,
      '/etc/ssl/mail.example.com/key.pem': key,
      '/etc/ssl/mail.example.com/client-authorities.pem': authorities,
    })
    const frame = [
      ...modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
      `ServerRoot ${folder}`,
      `DefaultRuntimeDir ${folder}`,
      `PidFile ${folder}/pid`,
      'ServerName localhost',
      `ErrorLog ${folder}/error.log`,
      'ServerLimit 2',
      'ThreadsPerChild 32',
      'MaxRequestWorkers 64',
      'MaxSpareThreads 64',
      `Listen 127.0.0.1:${port}`,
      ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
      site,
    ]
    writeFileSync(join(folder, 'apache2.conf'), frame.join('\n'))
    return start(programPath('apache2') ?? 'apache2', ['-DFOREGROUND', '-f', join(folder, 'apache2.conf')])
  },
})
