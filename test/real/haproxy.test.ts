// HAProxy in front, speaking TLS itself, set up by docs/deploy/haproxy.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startHaproxy } from './support/haproxy.ts'
import { testProxy } from './support/proxy.ts'
import { recipe } from './support/recipe.ts'

testProxy({
  name: 'HAProxy',
  programs: ['haproxy'],
  form: 'haproxy',
  start: ({ port, easel, dav, folder, certificate, key, authorities }) => {
    const both = join(folder, 'both.pem')
    writeFileSync(both, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'))
    const configuration = recipe('haproxy', '/etc/haproxy/haproxy.cfg', {
      'maxconn 40000': 'maxconn 400',
      'bind :443': `bind 127.0.0.1:${port}`,
      '127.0.0.1:8080': `127.0.0.1:${easel}`,
      '127.0.0.1:8081': `127.0.0.1:${dav}`,
      '/etc/haproxy/mail.example.com.pem': both,
      '/etc/haproxy/client-authorities.pem': authorities,
    })
    return startHaproxy(folder, configuration)
  },
})
