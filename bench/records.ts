// What a first sync of contacts with photos and of events with series costs, beside a first sync of mail in the same run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Phone } from '../test/support/phone.ts'
import { start, type Process } from './processes.ts'

const contacts = Number(process.env['BENCH_CONTACTS'] ?? 5000)
const events = Number(process.env['BENCH_EVENTS'] ?? 10_000)
const series = Number(process.env['BENCH_SERIES'] ?? 500)
const messages = Number(process.env['BENCH_MESSAGES'] ?? 5000)
const photoBytes = Number(process.env['BENCH_PHOTO_BYTES'] ?? 10_000)

interface Figures {
  readonly items: number
  readonly cpu: number
  readonly seconds: number
  readonly bytes: number
  /** After a tenth, and at the end. */
  readonly memory: readonly [number, number]
}

/** Syncs a folder from nothing, 100 items at a time. */
async function first(phone: Phone, folder: string, server: Process): Promise<Figures> {
  await phone.sync(folder, { window: 1, body: [{ type: 1, truncation: 512 }] })
  const before = server.cpuSeconds()
  const began = performance.now()
  const memory: number[] = []
  let bytes = 0
  for (let rounds = 0; rounds < 1000; rounds++) {
    const synced = await phone.sync(folder, { window: 100, body: [{ type: 1, truncation: 512 }] })
    bytes += synced.reply.bytes.length
    memory.push(server.residentBytes())
    if (!synced.more) break
  }
  const items = phone.items(folder).length
  const early = memory[Math.floor(memory.length / 10)] ?? 0
  return {
    items,
    cpu: server.cpuSeconds() - before,
    seconds: (performance.now() - began) / 1000,
    bytes,
    memory: [early, memory.at(-1) ?? 0],
  }
}

function tell(what: string, { items, cpu, seconds, bytes, memory }: Figures): number {
  const each = cpu / items
  const [early, late] = memory.map((one) => Math.round(one / 1e6))
  console.log(
    `${what}  ${items}: ${Math.round(1 / each)} a second of server CPU, ${(bytes / items / 1000).toFixed(1)} kB each (${seconds.toFixed(1)} s in all)`,
  )
  console.log(`${' '.repeat(what.length)}  ${early} MB of memory after a tenth of them, ${late} MB at the end`)
  return each
}

const data = mkdtempSync(join(tmpdir(), 'easel-bench-'))
const server = await start('bench/server.ts', {
  EASEL_DATA: data,
  EASEL_HTTPS_PORT: '0',
  EASEL_LMTP_PORT: 'off',
  EASEL_ADMIN_PORT: 'off',
  BENCH_MESSAGES: String(messages),
  BENCH_MESSAGE_BYTES: '30000',
  BENCH_CONTACTS: String(contacts),
  BENCH_PHOTO_BYTES: String(photoBytes),
  BENCH_EVENTS: String(events),
  BENCH_SERIES: String(series),
})
const enrolled = {
  url: `https://localhost:${Number(server.said['https'])}`,
  ca: String(server.said['ca']),
  address: 'user0@example.test',
  password: 'bench',
  version: '14.1',
}
try {
  // One phone for the compiler: a server runs for months.
  const early = await Phone.enrol(enrolled)
  for (const folder of ['Inbox', 'Contacts', 'Calendar']) await first(early, folder, server)
  early.close()
  const phone = await Phone.enrol(enrolled)
  const mail = tell('messages of 30 kB   ', await first(phone, 'Inbox', server))
  const people = tell(`contacts with ${photoBytes / 1000} kB`, await first(phone, 'Contacts', server))
  const agenda = tell(`events, ${series} series`, await first(phone, 'Calendar', server))
  console.log(`a contact costs ${(people / mail).toFixed(2)} x a message, an event ${(agenda / mail).toFixed(2)} x`)
  phone.close()
} finally {
  await server.stop()
  rmSync(data, { recursive: true })
}
