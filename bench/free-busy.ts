// What it costs to tell when somebody is free, whose calendar holds 10,000 events: most of them past, or all of them to come.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mergedFreeBusy } from '../src/format/free-busy.ts'
import type { House } from '../src/protocol/command.ts'
import { timesTaken } from '../src/protocol/commands/resolve-recipients/busy-calendar.ts'
import { systemClock } from '../src/model/clock.ts'
import { folderType } from '../src/model/folder.ts'
import type { ZoneId } from '../src/model/zone.ts'
import { openStore } from '../src/store/sql/open.ts'
import { recordDraft } from '../src/store/record.ts'
import { anEvent, aRecurrence } from '../test/support/records.ts'

const day = 86_400_000
const from = Date.parse('2026-03-03T00:00:00Z')

const folder = mkdtempSync(join(tmpdir(), 'easel-bench-'))
const store = await openStore({ database: { kind: 'sqlite', path: join(folder, 'easel.db') }, clock: systemClock })
try {
  for (const [name, firstDay, series] of [
    ['a working life: one event a day, the last in three weeks', -9979, 0],
    ['the same with 500 weekly series without an end', -9479, 500],
    ['everything to come', 1, 0],
  ] as const) {
    await measure(name, firstDay, series)
  }
} finally {
  await store.close()
  rmSync(folder, { recursive: true })
}

async function measure(name: string, firstDay: number, series: number): Promise<void> {
  const account = await store.accounts.create({ addresses: [`${firstDay}@example.test`], displayName: name, passwordHash: null })
  const house = { store, clock: systemClock, zoneOf: () => 'Europe/Berlin' as ZoneId } as unknown as House
  const single = 10_000 - series
  for (let first = 0; first < 10_000; first += 1000) {
    await store.unit(async (unit) => {
      const mailbox = await unit.mailbox(account.id)
      const { id } = await mailbox.defaultFolder(folderType.calendar)
      for (let number = first; number < first + 1000; number++) {
        const start = from + (number < single ? firstDay + number : (number % 1000) - 1500) * day + 9 * 3_600_000
        const record = anEvent({
          uid: `${number}@example.test`,
          start,
          end: start + 3_600_000,
          recurrence: number < single ? null : aRecurrence({ type: 1, daysOfWeek: 1 << (number % 7) }),
        })
        await mailbox.create(id, recordDraft({ class: 'Calendar', record }), null)
      }
    })
  }
  const once = async (to: number) => {
    const times = await timesTaken(house, account, from, to, Number.POSITIVE_INFINITY)
    return mergedFreeBusy(times === 'late' || times === null ? [] : times, from, to)
  }
  for (const days of [1, 42]) {
    await once(from + days * day)
    const began = process.cpuUsage()
    const times = 5
    for (let time = 0; time < times; time++) await once(from + days * day)
    const { user, system } = process.cpuUsage(began)
    const digits = await once(from + days * day)
    console.log(
      `${name}, ${days} days: ${((user + system) / 1000 / times).toFixed(1)} ms CPU, ${digits.replaceAll('0', '').length} half hours taken`,
    )
  }
}
