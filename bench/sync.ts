// What a Sync costs: with nothing to report against a bare POST, whatever the folder holds; and the first sync of a large folder.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { write } from '../test/support/wire.ts'
import { Phone } from '../test/support/phone.ts'
import { repeat, type Exchange, type Target } from './client.ts'
import { start } from './processes.ts'

const requests = Number(process.env['BENCH_REQUESTS'] ?? 20_000)
/** Until the compiler has seen what matters; a server runs for months. */
const warmUp = requests / 2
const largest = Number(process.env['BENCH_LARGEST'] ?? 100_000)
const connections = 4
const turns = 20

interface Bench {
  readonly target: Target
  readonly phone: Phone
  readonly cpu: () => number
  readonly rss: () => number
  readonly close: () => Promise<void>
}

async function open(messages: number, messageBytes: number): Promise<Bench> {
  const data = mkdtempSync(join(tmpdir(), 'easel-bench-'))
  const server = await start('bench/server.ts', {
    EASEL_DATA: data,
    EASEL_HTTPS_PORT: '0',
    EASEL_LMTP_PORT: 'off',
    EASEL_ADMIN_PORT: 'off',
    // Twenty thousand quiet Syncs in a row are what a phone in a loop sends: its cost is measured, and nobody is held back.
    EASEL_BRAKE: '0',
    EASEL_METRICS_PORT: process.env['BENCH_METRICS'] ?? '0',
    BENCH_MESSAGES: String(messages),
    BENCH_MESSAGE_BYTES: String(messageBytes),
  })
  const target = { port: Number(server.said['https']), ca: String(server.said['ca']) }
  const phone = await Phone.enrol({
    url: `https://localhost:${target.port}`,
    ca: target.ca,
    address: 'user0@example.test',
    password: 'bench',
    version: '14.1',
  })
  return {
    target,
    phone,
    cpu: () => server.cpuSeconds(),
    rss: () => server.residentBytes(),
    close: async () => {
      phone.close()
      await server.stop()
      rmSync(data, { recursive: true })
    },
  }
}

/** A process under measurement, and the request it is sent. */
interface Side {
  readonly target: Target
  readonly exchange: Exchange
  readonly cpu: () => number
  readonly close: () => Promise<void>
}

/** A Sync that has nothing to report. */
async function quiet(messages: number): Promise<Side> {
  const bench = await open(messages, 600)
  const { phone, target, cpu, close } = bench
  // A filter of a day: the folder is as large as it is, the phone holds little of it.
  await phone.syncAll('Inbox', { filter: 1, window: 512, body: [{ type: 1, truncation: 512 }] })
  await phone.sync('Inbox')
  const body = write({
    name: 'AirSync:Sync',
    value: null,
    children: [{ name: 'AirSync:Collections', value: null, children: [phone.collectionNode('Inbox', { getChanges: true, window: 100 })] }],
  })
  const headers = {
    Authorization: phone.authorization,
    'User-Agent': phone.options.userAgent,
    'MS-ASProtocolVersion': '14.1',
    'X-MS-PolicyKey': String(phone.policyKey),
    'Content-Type': 'application/vnd.ms-sync.wbxml',
  }
  return { target, exchange: { path: `/Microsoft-Server-ActiveSync?${phone.query('Sync')}`, body, headers }, cpu, close }
}

async function floor(): Promise<Side> {
  const server = await start('bench/floor.ts', {})
  return {
    target: { port: Number(server.said['https']), ca: String(server.said['ca']) },
    exchange: { path: '/echo', body: Buffer.alloc(128, 1), headers: { 'Content-Type': 'application/vnd.ms-sync.wbxml' } },
    cpu: () => server.cpuSeconds(),
    close: () => server.stop(),
  }
}

/**
 * Microseconds of CPU for one request of each side. They take turns: what else the machine does, and how fast it is meanwhile, is the
 * same for all.
 */
async function sideBySide(sides: readonly Side[]): Promise<number[]> {
  const used = sides.map(() => 0)
  for (const { target, exchange } of sides) await repeat(target, exchange, warmUp, connections)
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, { target, exchange, cpu }] of sides.entries()) {
      const before = cpu()
      await repeat(target, exchange, requests / turns, connections)
      used[index] = (used[index] ?? 0) + cpu() - before
    }
  }
  return used.map((seconds) => (seconds / requests) * 1e6)
}

async function compareQuiet(): Promise<void> {
  const sides = [await floor(), await quiet(1000), await quiet(largest)]
  const [bare = 0, small = 0, large = 0] = await sideBySide(sides)
  for (const { close } of sides) await close()
  const times = (one: number, other: number) => `${(one / other).toFixed(2)} x`
  console.log(`bare POST        ${bare.toFixed(0)} µs of CPU`)
  console.log(`quiet Sync       ${small.toFixed(0)} µs with 1,000 messages in the folder: ${times(small, bare)} the bare POST`)
  console.log(
    `quiet Sync       ${large.toFixed(0)} µs with ${largest.toLocaleString('en')}: ${times(large, bare)} the bare POST, ${times(large, small)} the small folder`,
  )
}

async function initial(): Promise<void> {
  const messages = 10_000
  const bench = await open(messages, 30_000)
  try {
    const { phone } = bench
    await phone.sync('Inbox', { window: 1, body: [{ type: 1, truncation: 512 }] })
    const before = bench.cpu()
    const began = performance.now()
    const memory: number[] = []
    for (let rounds = 0; rounds < 200; rounds++) {
      const synced = await phone.sync('Inbox', { window: 100, body: [{ type: 1, truncation: 512 }] })
      memory.push(bench.rss())
      if (!synced.more) break
    }
    const cpu = bench.cpu() - before
    const held = phone.items('Inbox').length
    const [early = 0, late = 0] = [memory[10], memory.at(-1)]
    console.log(
      `initial sync     ${held} messages of 30 kB: ${Math.round(held / cpu)} a second of server CPU (${((performance.now() - began) / 1000).toFixed(1)} s in all)`,
    )
    console.log(`memory           ${Math.round(early / 1e6)} MB after 1,000 messages, ${Math.round(late / 1e6)} MB after ${held}`)
  } finally {
    await bench.close()
  }
}

await compareQuiet()
await initial()
