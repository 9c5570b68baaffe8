// The floor: a bare fastify over the same TLS, which echoes a body or keeps a request waiting, and does nothing else.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { keepCertificate } from '../src/enroll/certificate-keeper.ts'
import { systemClock } from '../src/model/clock.ts'

const dataFolder = mkdtempSync(join(tmpdir(), 'easel-floor-'))
const keeper = await keepCertificate({ dataFolder, files: null, names: ['localhost', '127.0.0.1'], clock: systemClock })
const { key, cert } = keeper.current
const app = fastify({ https: { key, cert, ALPNProtocols: ['http/1.1'] }, logger: false, requestTimeout: 0, keepAliveTimeout: 4_500_000 })
app.addContentTypeParser('application/vnd.ms-sync.wbxml', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post('/echo', (request, reply) => reply.type('application/vnd.ms-sync.wbxml').send(request.body))
let parked = 0
app.post('/park', () => {
  parked++
  return new Promise(() => undefined)
})
app.get('/parked', () => ({ parked }))
await app.listen({ port: 0, host: '127.0.0.1' })
const address = app.server.address()
console.log(JSON.stringify({ ready: true, https: typeof address === 'object' ? address?.port : null, ca: keeper.authority?.certificate }))
process.on('SIGTERM', () => process.exit(0))
