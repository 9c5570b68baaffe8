// Every answer a phone saw, each shape of it once: collected in all workers of a run, and validated at its end (test/answers.test.ts).
import { createHash, randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answered } from './validate.ts'
import type { Node } from './wire.ts'

/** The folder of this run, made by vitest.config.ts; without one (other configurations) nothing is collected. */
const folder = process.env['EASEL_TEST_ANSWERS']
const own = `${randomUUID()}.jsonl`

const seen = new Set<string>()
const fresh: string[] = []

/** These differ from answer to answer and are free text to the schemas. */
const ids =
  /:(SyncKey|ServerId|CollectionId|ParentId|PolicyKey|FileReference|LongId|SrcMsgId|DstMsgId|Count|Estimate|EstimatedDataSize|Total|Folder)$/

function valueShape({ name, value }: Node): string {
  if (value === null) return ''
  if (Buffer.isBuffer(value)) return `#${Math.min(value.length, 2)}`
  if (ids.test(name)) return value === '' ? '""' : '1'
  // Enumerations stay as they are; of longer values only their form counts.
  return /^\d{1,2}$/.test(value)
    ? value
    : `"${value
        .replaceAll(/\p{L}+/gu, 'a')
        .replaceAll(/\d+/g, '1')
        .slice(0, 40)}"`
}

/** What of a document can be valid or not: names, order and forms. Siblings that are alike count once. */
function shapeOf(node: Node): string {
  const children = node.children.map(shapeOf).filter((shape, index, all) => shape !== all[index - 1])
  return `<${node.name}${valueShape(node)}${children.join('')}>`
}

/** Takes an answer, if none of its shape was there before. */
export function collect(answer: Answered, node: Node): void {
  if (folder === undefined) return
  const shape = createHash('sha1')
    .update(`${answer.command} ${answer.version} ${shapeOf(node)}`)
    .digest('base64')
  if (seen.has(shape)) return
  seen.add(shape)
  fresh.push(JSON.stringify({ ...answer, shape, bytes: Buffer.from(answer.bytes).toString('base64') }))
}

/** Hands over what was collected since; after every file of tests. */
export function handOver(): void {
  if (folder === undefined || fresh.length === 0) return
  appendFileSync(join(folder, own), `${fresh.join('\n')}\n`)
  fresh.length = 0
}

/** What the files before this one collected, whichever worker they ran in. */
export function collected(): Answered[] {
  if (folder === undefined || !existsSync(folder)) return []
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
  const unique = new Map<string, Answered>()
  for (const line of lines) {
    const { shape, command, version, bytes } = JSON.parse(line) as Answered & { shape: string; bytes: string }
    unique.set(shape, { command, version, bytes: Buffer.from(bytes, 'base64') })
  }
  return [...unique.values()]
}
