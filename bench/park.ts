// Ten thousand parked Pings against as many parked requests of a bare fastify: memory each, and how soon a delivery wakes one.
import { mkdtempSync, rmSync } from 'node:fs'
import * as https from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { message } from '../test/support/message.ts'
import { Phone } from '../test/support/phone.ts'
import { el, write } from '../test/support/wire.ts'
import { quantiles, type Target } from './client.ts'
import { filesMax, start, type Process } from './processes.ts'

const wanted = Number(process.env['BENCH_PARKED'] ?? 10_000)
const parked = Math.min(wanted, filesMax() - 200)

/** Opens requests that nobody answers, a few hundred at a time. */
async function park(
  target: Target,
  count: number,
  request: (number: number) => { path: string; body: Buffer; headers: Record<string, string> },
): Promise<https.Agent> {
  const agent = new https.Agent({ keepAlive: true, ca: target.ca })
  for (let from = 0; from < count; from += 200) {
    const opened = []
    for (let number = from; number < Math.min(count, from + 200); number++) {
      const { path, body, headers } = request(number)
      const sent = https.request({
        host: 'localhost',
        port: target.port,
        agent,
        method: 'POST',
        path,
        headers: { ...headers, 'Content-Length': body.length },
      })
      sent.on('error', () => undefined)
      opened.push(new Promise<void>((resolve) => sent.once('finish', resolve)))
      sent.end(body)
    }
    await Promise.all(opened)
    await pause(50)
  }
  await pause(3000)
  return agent
}

/** Sends requests and reads their answers, fifty at a time. */
async function ask(
  target: Target,
  count: number,
  request: (number: number) => { path: string; body: Buffer; headers: Record<string, string> },
) {
  const agent = new https.Agent({ keepAlive: true, ca: target.ca, maxSockets: 50 })
  const one = (number: number) =>
    new Promise<void>((resolve, reject) => {
      const { path, body, headers } = request(number)
      const options = {
        host: 'localhost',
        port: target.port,
        agent,
        method: 'POST',
        path,
        headers: { ...headers, 'Content-Length': body.length },
      }
      https
        .request(options, (answer) => answer.resume().once('end', resolve))
        .once('error', reject)
        .end(body)
    })
  for (let from = 0; from < count; from += 50)
    await Promise.all(Array.from({ length: Math.min(50, count - from) }, (_, index) => one(from + index)))
  agent.destroy()
}

function perRequest(server: Process, before: number): number {
  return (server.residentBytes() - before) / parked
}

async function floor(): Promise<number> {
  const server = await start('bench/floor.ts', {})
  const target = { port: Number(server.said['https']), ca: String(server.said['ca']) }
  const before = server.residentBytes()
  const agent = await park(target, parked, () => ({
    path: '/park',
    body: Buffer.alloc(60, 1),
    headers: { 'Content-Type': 'application/vnd.ms-sync.wbxml' },
  }))
  const each = perRequest(server, before)
  agent.destroy()
  await server.stop()
  return each
}

/** One session of LMTP, kept open: what is measured begins with the dot. */
async function lmtp(port: number): Promise<(recipient: string, source: string) => Promise<void>> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let wake: () => void = () => undefined
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    wake()
  })
  const reply = async (): Promise<string> => {
    while (!/^\d{3} .*\r\n/m.test(text)) await new Promise<void>((resolve) => (wake = resolve))
    const line = text
    text = ''
    return line
  }
  const say = async (line: string) => {
    socket.write(`${line}\r\n`)
    return reply()
  }
  await reply()
  await say('LHLO bench')
  return async (recipient, source) => {
    await say('MAIL FROM:<bench@example.test>')
    await say(`RCPT TO:<${recipient}>`)
    await say('DATA')
    const answer = await say(`${source}\r\n.`)
    if (!answer.startsWith('250')) throw new Error(answer)
  }
}

async function push(target: Target, port: number): Promise<void> {
  const phone = await Phone.enrol({
    url: `https://localhost:${target.port}`,
    ca: target.ca,
    address: 'user0@example.test',
    password: 'bench',
    version: '14.1',
  })
  const deliver = await lmtp(port)
  await phone.syncAll('Inbox')
  const times: number[] = []
  for (let number = 0; number < 40; number++) {
    const asked = phone.ping(['Inbox'], 480)
    await pause(100)
    const began = performance.now()
    const delivered = deliver('user0@example.test', message({ subject: `Push ${number}` }))
    const { status } = await asked
    times.push(performance.now() - began)
    await delivered
    if (status !== 2) throw new Error(`Ping answered ${status}`)
    await phone.syncAll('Inbox')
  }
  phone.close()
  const { median, p95 } = quantiles(times)
  console.log(
    `push             delivery to Ping answer: median ${median.toFixed(0)} ms, 95 of 100 below ${p95.toFixed(0)} ms, with ${parked} others parked`,
  )
}

async function pings(): Promise<number> {
  const data = mkdtempSync(join(tmpdir(), 'easel-bench-'))
  const server = await start('bench/server.ts', {
    EASEL_DATA: data,
    EASEL_HTTPS_PORT: '0',
    EASEL_LMTP_PORT: '0',
    EASEL_ADMIN_PORT: 'off',
    BENCH_ACCOUNTS: '200',
    EASEL_REQUESTS_PER_ACCOUNT: '1000',
  })
  const target = { port: Number(server.said['https']), ca: String(server.said['ca']) }
  const body = write(
    el('Ping:Ping', [
      el('Ping:HeartbeatInterval', 3540),
      el('Ping:Folders', [el('Ping:Folder', [el('Ping:Id', '1'), el('Ping:Class', 'Email')])]),
    ]),
  )
  const folders = write(el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')]))
  const request = (number: number, command: 'FolderSync' | 'Ping' = 'Ping') => {
    const address = `user${number % 200}@example.test`
    return {
      path: `/Microsoft-Server-ActiveSync?Cmd=${command}&User=${address}&DeviceId=parked${number}&DeviceType=iPhone`,
      body: command === 'Ping' ? body : folders,
      headers: {
        Authorization: `Basic ${Buffer.from(`${address}:bench`).toString('base64')}`,
        'MS-ASProtocolVersion': '14.1',
        'Content-Type': 'application/vnd.ms-sync.wbxml',
      },
    }
  }
  // The first requests of each account derive a password: not what is measured.
  const warm = await park(target, 200, (number) => request(100_000 + number))
  warm.destroy()
  // Whoever holds no folders does not wait.
  await ask(target, parked, (number) => request(number, 'FolderSync'))
  await pause(3000)
  const before = server.residentBytes()
  const agent = await park(target, parked, request)
  const each = perRequest(server, before)
  await push(target, Number(server.said['lmtp']))
  agent.destroy()
  await server.stop()
  rmSync(data, { recursive: true })
  return each
}

const bare = await floor()
const ours = await pings()
console.log(
  `parked requests  ${parked}: bare fastify ${(bare / 1024).toFixed(1)} kB each, Easel ${(ours / 1024).toFixed(1)} kB each: ${(ours / bare).toFixed(2)} x`,
)
