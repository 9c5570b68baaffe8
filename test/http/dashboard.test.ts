// The dashboard and the page on monitoring: every metric they name is there, and every one that is there is named.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { createPrometheus } from '../../src/http/prometheus.ts'
import { systemClock } from '../../src/model/clock.ts'

const docs = join(import.meta.dirname, '..', '..', 'docs')
const page = readFileSync(join(docs, 'monitoring.md'), 'utf8')

const target = z.object({ expr: z.string().min(1), datasource: z.object({ uid: z.literal('${datasource}') }) })
const panel = z.object({ id: z.number(), type: z.string(), title: z.string().min(1), targets: z.array(target).optional() })
const dashboard = z
  .object({
    title: z.string(),
    uid: z.string(),
    schemaVersion: z.number(),
    templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
    panels: z.array(panel).min(1),
  })
  .parse(JSON.parse(readFileSync(join(docs, 'grafana', 'easel.json'), 'utf8')))

/** Names of ours, and of the process, in an expression; `up` is Prometheus' own. */
const namesIn = (text: string) => new Set(text.match(/\b(?:easel|process|nodejs)_[a-z0-9_]+/g) ?? [])
const bare = (name: string) => name.replace(/_(bucket|sum|count)$/, '')

/** Every name there is, histograms with their three. */
let names: Set<string>

beforeAll(async () => {
  const text = await createPrometheus().text({
    clock: systemClock,
    parked: () => 0,
    underWay: () => 0,
    looping: () => 0,
    certificateUntil: () => null,
    directoryReadAt: () => null,
    census: () => Promise.resolve(null),
  })
  const declared = Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  )
  names = new Set(declared.flat())
})

const ours = () => new Set([...names].filter((name) => name.startsWith('easel_')).map(bare))

describe('docs/grafana/easel.json', () => {
  const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

  test('asks for its data source, and lets one server be chosen', () => {
    expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['instance', 'query'],
    ])
    expect(expressions.filter((expression) => !expression.includes('instance=~"$instance"'))).toEqual([])
  })

  test('names metrics that exist', () => {
    const strangers = expressions.flatMap((expression) => [...namesIn(expression)]).filter((name) => !names.has(name))
    expect(strangers).toEqual([])
  })

  test('shows every metric of ours', () => {
    const shown = new Set([...namesIn(expressions.join(' '))].map(bare))
    expect([...ours()].filter((name) => !shown.has(name))).toEqual([])
  })

  test('has panels with ids of their own, and something to show in each', () => {
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const hollow = dashboard.panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0)
    expect(hollow).toEqual([])
  })
})

describe('docs/monitoring.md', () => {
  test('explains every metric of ours, and none besides', () => {
    const explained = Array.from(page.matchAll(/^\| `(easel_\w+)` \|/gm), ([, name]) => name)
    expect(new Set(explained)).toEqual(ours())
  })

  test('has alert rules that Prometheus can read, over metrics that exist, and advice for each', () => {
    const source = /^ {4}# easel-rules\.yaml\n((?: {4}.*\n)+)/m.exec(page)?.[1] ?? ''
    const rules = z
      .object({ groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })) })
      .parse(parse(source.replaceAll(/^ {4}/gm, '')))
      .groups.flatMap((group) => group.rules)
    expect(rules.length).toBeGreaterThan(5)
    expect(rules.flatMap(({ expr }) => [...namesIn(expr)]).filter((name) => !names.has(name))).toEqual([])
    const advised = Array.from(page.matchAll(/^\| (Easel\w+) \|/gm), ([, name]) => name)
    expect(advised).toEqual(rules.map(({ alert }) => alert))
  })

  test('lists the circles there are, with their measures', async () => {
    const { circles } = await import('../../src/sync/circle.ts')
    const told = Array.from(page.matchAll(/^\| `(\w+)` \| (\d+), (\d+) s \|/gm), ([, name, burst, cost]) => [
      name,
      Number(burst),
      Number(cost),
    ])
    expect(told).toEqual(Object.entries(circles).map(([name, { burst, costSeconds }]) => [name, burst, costSeconds]))
  })
})
