// Traces of a phone that works with events, contacts, tasks and notes: nothing that it writes or is told of them stands there.
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { act } from '../support/admin.ts'
import { fullContact } from '../support/phone-contacts.ts'
import type { Phone } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { all, el, textAt, walk, type Node } from '../support/wire.ts'

const alice = 'alice@example.test'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

/** What the elements say, of those that are texts: words of letters that no number and no time has. */
function words(nodes: readonly Node[]): string[] {
  const texts = nodes.flatMap((node) => [...walk(node)]).flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
  return texts.flatMap((text) => text.split(/[^\p{L}]+/u)).filter((word) => word.length > 3 && word !== 'StickyNote')
}

const body = (text: string) => el('AirSyncBase:Body', [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', text)])
const people = (...nodes: Node[]) => el('Calendar:Attendees', [el('Calendar:Attendee', nodes)])

const records: Readonly<Record<string, readonly Node[]>> = {
  Calendar: [
    el('Calendar:Subject', 'Layoffs everywhere'),
    el('Calendar:StartTime', '20260310T090000Z'),
    el('Calendar:EndTime', '20260310T100000Z'),
    el('Calendar:UID', 'Zacharias birthday at home'),
    el('AirSyncBase:Location', [
      el('AirSyncBase:DisplayName', 'Bunker'),
      el('AirSyncBase:Street', 'Hiddenstreet'),
      el('AirSyncBase:City', 'Secretville'),
    ]),
    el('Calendar:Categories', [el('Calendar:Category', 'Conspiracy')]),
    people(el('Calendar:Email', 'mallory@enemies.example'), el('Calendar:Name', 'Mallory'), el('Calendar:AttendeeType', 1)),
    body('Nobody must know about Project Teapot'),
  ],
  Contacts: fullContact('Classified'),
  Tasks: [
    el('Tasks:Subject', 'Bribe the mayor'),
    el('Tasks:Complete', 0),
    el('Tasks:Categories', [el('Tasks:Category', 'Corruption')]),
    el('Tasks:SubOrdinalDate', 'Subterranean'),
    body('Envelope beneath the fountain'),
  ],
  Notes: [
    el('Notes:Subject', 'Passwords'),
    el('Notes:MessageClass', 'IPM.StickyNote'),
    el('Notes:Categories', [el('Notes:Category', 'Credentials')]),
    body('Swordfish hunterhunter'),
  ],
}

async function fetchAndSearch(phone: Phone, id: string): Promise<void> {
  const fetch = el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), el('Search:LongId', id)])
  const { node } = await phone.post('ItemOperations', el('ItemOperations:ItemOperations', [fetch]))
  expect(textAt(node, 'Response/Fetch/Status')).toBe('1')
  const query = el('Search:Query', [el('Search:And', [el('Search:FreeText', 'Swordfish')])])
  const found = await phone.post('Search', el('Search:Search', [el('Search:Store', [el('Search:Name', 'Mailbox'), query])]))
  expect(all(found.node, 'Response/Store')).toHaveLength(1)
}

test('a trace shows which elements were sent, and none of their words', async () => {
  const phone = await server.phone(alice)
  const { file } = await act(server.running.admin, 'trace.start', { device: phone.options.deviceId, minutes: 10 })
  const tablet = await server.phone(alice, { deviceType: 'iPad' })
  for (const [folder, nodes] of Object.entries(records)) {
    const { status, id } = await phone.add(folder, nodes)
    expect([folder, status]).toEqual([folder, 1])
    await fetchAndSearch(phone, id ?? '')
    await tablet.syncAll(folder)
    expect((await tablet.delete(folder, id ?? '')).status).toBe(1)
    await phone.syncAll(folder)
    await phone.add(folder, nodes)
  }
  await act(server.running.admin, 'trace.stop', {})
  const trace = readFileSync(file, 'utf8')
  expect(trace.length).toBeGreaterThan(10_000)
  for (const element of ['Calendar:Subject', 'Contacts:FileAs', 'AirSyncBase:DisplayName', 'Tasks:SubOrdinalDate', 'Notes:Category'])
    expect(trace).toContain(`<${element}>`)
  // The names of elements aside.
  const texts = trace.replaceAll(/<[^>]*>/g, ' ')
  expect(words(Object.values(records).flat()).filter((word) => texts.includes(word))).toEqual([])
})
