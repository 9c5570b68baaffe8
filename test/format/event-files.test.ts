// Files of events as they are put together: each with its bytes, whoever else has them too.
import { describe, expect, test } from 'vitest'
import { packed, withFilesBehind } from '../../src/format/event-files.ts'
import type { CalendarEvent } from '../../src/model/event.ts'
import type { RecordFile } from '../../src/model/record.ts'
import { ownMeeting, weekly } from '../support/meetings.ts'

const file = (number: number, start: number, end: number): RecordFile => ({
  number,
  name: `${number}.txt`,
  type: 'text/plain',
  inline: false,
  contentId: null,
  contentLocation: null,
  start,
  end,
})

function event(files: readonly RecordFile[], own: readonly RecordFile[]): CalendarEvent {
  const exceptions = [{ original: Date.UTC(2026, 2, 10, 9), deleted: false, changes: { files: own } }]
  return ownMeeting('bob@example.test', [], { recurrence: weekly, files, exceptions })
}

const contents = ({ files, exceptions }: CalendarEvent, source: Uint8Array) =>
  [...files, ...exceptions.flatMap(({ changes }) => changes.files ?? [])].map(({ number, start, end }) => [
    number,
    Buffer.from(source.subarray(start, end)).toString(),
  ])

describe('the files of an event', () => {
  test('are packed without a stretch that nobody reads, and what an exception shares is there once', () => {
    const source = Buffer.from('goneAgendagoneMenu')
    const agenda = file(1, 4, 10)
    const laid = packed({ event: event([agenda, file(2, 14, 14)], [agenda, file(3, 14, 18)]), source })
    expect(contents(laid.event, laid.source)).toEqual([
      [1, 'Agenda'],
      [2, ''],
      [1, 'Agenda'],
      [3, 'Menu'],
    ])
    expect(laid.source).toHaveLength('AgendaMenu'.length)
    expect(packed(laid)).toEqual(laid)
  })

  test('lie behind others with numbers above theirs', () => {
    const moved = withFilesBehind(event([file(1, 0, 6)], [file(2, 6, 10)]), 4, 7)
    expect(contents(moved, Buffer.from('xxxxAgendaMenu'))).toEqual([
      [8, 'Agenda'],
      [9, 'Menu'],
    ])
  })
})
