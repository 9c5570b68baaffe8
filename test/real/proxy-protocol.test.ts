// HAProxy in front, passing TLS through, set up by docs/deploy/haproxy.md: the PROXY protocol says who the phone is.
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startHaproxy } from './support/haproxy.ts'
import { testProxy } from './support/proxy.ts'
import { recipe } from './support/recipe.ts'

testProxy(
  {
    name: 'HAProxy that passes TLS through',
    programs: ['haproxy'],
    passesThrough: true,
    settings: { EASEL_HTTPS_PROXY_PROTOCOL: 'required' },
    start: ({ port, easel, folder }) => {
      const configuration = recipe('haproxy', '/etc/haproxy/haproxy.cfg, passing through', {
        'maxconn 40000': 'maxconn 400',
        'bind :443': `bind 127.0.0.1:${port}`,
        '127.0.0.1:8443': `127.0.0.1:${easel}`,
      })
      return startHaproxy(folder, configuration)
    },
  },
  (easel) => {
    test('leaves the port to itself: whoever goes round it is not answered', async () => {
      const said = (header: string) =>
        new Promise<string>((resolve) => {
          let text = ''
          const socket = connect({ port: easel().ports.https, host: '127.0.0.1', ...(header === '' ? { localAddress: '127.0.0.77' } : {}) })
          socket.on('data', (piece) => (text += piece.toString('latin1'))).on('error', () => undefined)
          socket.on('close', () => resolve(text))
          socket.write(`${header}GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`)
        })
      expect(await said('')).toBe('')
      expect(easel().log).toContain('no declared proxy')
      expect(await said('PROXY TCP4 192.0.2.66\r\n')).toBe('')
      expect(easel().log).toContain('without a good PROXY header')
    })
  },
)
