// What we write of calendars, read by the calendars of others: Radicale (vobject) gives it back, libical says when it takes place.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCalendar, type VEvent, writeCalendar } from '../../src/format/icalendar.ts'
import { occurrences } from '../../src/format/recurrence.ts'
import { localOf } from '../../src/format/time-zone.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import { event, isSecond, meaning } from '../support/calendar-events.ts'
import { describeWith, freePort, listens, removeFolder, start, temporaryFolder, until } from './support/daemon.ts'
import { hasLibical, seenByLibical } from './support/libical.ts'

const berlin = 'Europe/Berlin' as ZoneId
const now = Date.UTC(2026, 0, 15)
const seed = 20_260_115
const written = (told: VEvent) => writeCalendar({ method: null, events: [told], tasks: [], foreign: null }, now)
const sample = (count: number, takes: (told: VEvent) => boolean) =>
  fc.sample(
    event.filter((told) => !isSecond(told.event) && takes(told)),
    { numRuns: count, seed },
  )

describeWith(['radicale'], 'Radicale', () => {
  const parts = new AsyncDisposableStack()
  let origin: string
  beforeAll(async () => {
    const folder = temporaryFolder()
    parts.defer(() => removeFolder(folder))
    const port = await freePort()
    const settings = [
      '--server-hosts',
      `127.0.0.1:${port}`,
      '--storage-filesystem-folder',
      folder,
      '--auth-type',
      'none',
      '--logging-level',
      'error',
    ]
    const radicale = start('radicale', settings)
    parts.defer(async () => void (await radicale.stop()))
    await until('Radicale listens', async () => radicale.running() && (await listens(port)))
    origin = `http://127.0.0.1:${port}`
    const made = await ask('MKCALENDAR', '/alice/work/')
    expect(made.status).toBe(201)
  })
  afterAll(() => parts.disposeAsync())

  const ask = (method: string, path: string, body?: string) =>
    fetch(`${origin}${path}`, {
      method,
      headers: { authorization: `Basic ${btoa('alice:')}`, 'content-type': 'text/calendar; charset=utf-8' },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(20_000),
    })

  test('gives back what it was given, meaning the same', async () => {
    // vobject has ends of lines of its own where Unicode sees some.
    const told = sample(60, (one) => !/[\x1c-\x1e\x85\u2028\u2029]/.test(JSON.stringify(one.event)))
    for (const [index, drawn] of told.entries()) {
      // Radicale takes a name once.
      const one = { ...drawn, event: { ...drawn.event, uid: `${index} ${drawn.event.uid}` } }
      const path = `/alice/work/${index}.ics`
      const put = await ask('PUT', path, written(one))
      expect(`${put.status} ${put.status === 201 ? '' : written(one)}`).toBe('201 ')
      const text = await (await ask('GET', path)).text()
      expect(readCalendar(text, berlin, now).events.map(meaning)).toEqual([meaning(one)])
    }
  })
})

describe.skipIf(!hasLibical && process.env['CI'] !== 'true')('libical', () => {
  test('finds no mistake, and sees every occurrence when we do', async () => {
    // To libical a backslash takes the meaning from the quote behind it, in names as well.
    const isPlain = ({ event: { organizer, attendees, exceptions } }: VEvent) =>
      [organizer, ...attendees, ...exceptions.flatMap(({ changes }) => changes.attendees ?? [])].every(
        (person) => person?.name.includes('\\') !== true,
      )
    const sure = ({ event: { recurrence, start, zone, allDay } }: VEvent) =>
      recurrence === null || ((allDay || localOf(zone, start).hour >= 4) && new Date(start).getUTCDate() < 28)
    const told = sample(150, (one) => sure(one) && isPlain(one))
    const answers = await seenByLibical(told.map(written))
    for (const [index, one] of told.entries()) {
      const { errors, events } = answers[index]!
      expect(`${errors} ${errors === 0 ? '' : written(one)}`).toBe('0 ')
      const overridden = new Set(one.event.exceptions.map(({ original }) => original))
      const plain = occurrences(one.event, Date.UTC(1980, 0), Date.UTC(2037, 0), 40).filter((original) => !overridden.has(original))
      const [master] = events.filter(({ override }) => !override)
      // A series shows each occurrence itself, those that are overridden as well, unless they are left out.
      const seen = master!.starts.map((seconds) => seconds * 1000).filter((start) => !overridden.has(start))
      const shared = Math.min(seen.length, plain.length)
      expect(seen.slice(0, shared)).toEqual(plain.slice(0, shared))
      expect(events.filter(({ override }) => override)).toHaveLength(one.event.exceptions.filter(({ deleted }) => !deleted).length)
      expect(master!.people).toBe(one.event.attendees.length)
      expect(shared > 0 || plain.length === 0 || seen.length === 0).toBe(true)
    }
  })
})
