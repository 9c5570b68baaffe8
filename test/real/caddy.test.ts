// Caddy in front, set up by docs/deploy/caddy.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programPath, start } from './support/daemon.ts'
import { testProxy } from './support/proxy.ts'
import { recipe } from './support/recipe.ts'

testProxy({
  name: 'Caddy',
  programs: ['caddy'],
  form: 'caddy',
  start: ({ port, easel, dav, folder, certificate, key }) => {
    const configuration = recipe('caddy', '/etc/caddy/Caddyfile', {
      '\tservers {': `\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n\thttps_port ${port}\n\tservers {`,
      'mail.example.com, autodiscover.example.com {': `localhost {`,
      '127.0.0.1:8080': `127.0.0.1:${easel}`,
      '127.0.0.1:8081': `127.0.0.1:${dav}`,
      '/etc/caddy/mail.example.com.pem': certificate,
      '/etc/caddy/mail.example.com.key': key,
    })
    writeFileSync(join(folder, 'Caddyfile'), configuration)
    mkdirSync(join(folder, 'home'))
    const environment = {
      ...process.env,
      HOME: join(folder, 'home'),
      XDG_DATA_HOME: join(folder, 'home'),
      XDG_CONFIG_HOME: join(folder, 'home'),
    }
    return start(programPath('caddy') ?? 'caddy', ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'], environment)
  },
})
