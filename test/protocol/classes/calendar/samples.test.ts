// The samples of the specification, sent as they are, and the elements of its code pages: none is left out of what is told.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allTags } from '../../../../src/wbxml/pages.ts'
import { EventChange, EventData } from '../../../../src/protocol/classes/calendar/schema.ts'
import type { Field, Schema } from '../../../../src/wbxml/schema.ts'
import { fromXml } from '../../../../src/wbxml/xml.ts'
import { readFileSync } from 'node:fs'
import { addEvent, property, textsAt, toldEvent, twoPhones } from '../../../support/phone-events.ts'
import { describeWithReference, referenceJson, referencePath } from '../../../support/reference.ts'
import { TestServer } from '../../../support/server.ts'
import { all, one, read, type Node } from '../../../support/wire.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

function sample(name: string): Node {
  return read(fromXml(readFileSync(referencePath('spec', 'samples', 'request', `${name}.xml`), 'utf8')))
}

const dataOf = (node: Node | null): readonly Node[] => one(node, 'ApplicationData')?.children ?? []

describeWithReference('the samples of the specification', () => {
  test('the series of 14.1 with an attendee and two exceptions is kept as it stands', async () => {
    const { phone, other } = await twoPhones(server, '14.1')
    const [add] = all(sample('sync-calendar-add-141'), 'Collections/Collection/Commands/Add')
    expect((await addEvent(phone, dataOf(add ?? null))).status).toBe(1)
    const told = await toldEvent(other, 'Weekly review')
    expect(property(told, 'UID')).toBe('0F8D2C6A-7A52-4C37-9C2B-2C8E2F9D1A01')
    expect(property(told, 'Location')).toBe('Room 4')
    expect(textsAt(told, 'Exceptions/Exception/ExceptionStartTime')).toEqual(['20260310T090000Z', '20260317T090000Z'])
    expect(textsAt(told, 'Exceptions/Exception/Subject')).toEqual(['Weekly review (moved)'])
    expect(textsAt(told, 'Recurrence/Occurrences')).toEqual(['10'])
  })

  test('the holiday of 16.1 is a date, with a place on the map', async () => {
    const { phone, other } = await twoPhones(server, '16.1')
    const [add] = all(sample('sync-calendar-add-161'), 'Collections/Collection/Commands/Add')
    expect((await addEvent(phone, dataOf(add ?? null))).status).toBe(1)
    const told = await toldEvent(other, 'Holiday')
    expect(property(told, 'StartTime')).toBe('20260501T000000Z')
    expect(textsAt(told, 'AirSyncBase:Location/Latitude')).toEqual(['49.1951'])
  })

  test('the occurrences of 16.1 are changed and deleted by their InstanceId', async () => {
    const { phone, other, address } = await twoPhones(server, '16.1')
    const [add] = all(sample('sync-calendar-add-141'), 'Collections/Collection/Commands/Add')
    const old = await server.phone(address, { version: '14.1' })
    const { id } = await addEvent(
      old,
      dataOf(add ?? null).filter(({ name }) => name !== 'Calendar:Exceptions'),
    )
    const commands = one(sample('sync-calendar-instance-161'), 'Collections/Collection/Commands')?.children ?? []
    const named = commands.map((command) => ({
      ...command,
      children: command.children.map((child) => (child.name === 'AirSync:ServerId' ? { ...child, value: id } : child)),
    }))
    const { collection } = await phone.sync('Calendar', { commands: named })
    expect(one(collection, 'Responses')).toBe(null)
    const told = await toldEvent(other, 'Weekly review')
    expect(textsAt(told, 'Exceptions/Exception/AirSyncBase:InstanceId')).toEqual(['20260317T090000Z', '20260324T090000Z'])
    expect(textsAt(told, 'Exceptions/Exception/Deleted')).toEqual(['1'])
  })

  test('every element of the page Calendar that is still spoken is told or understood', () => {
    const { pages } = referenceJson<{ pages: { namespace: string; tags: { name: string; legacy?: boolean }[] }[] }>(
      'spec',
      'codepages.json',
    )
    const tags = pages.find((page) => page.namespace === 'Calendar')?.tags ?? []
    const known = new Set([...namesOf(EventData), ...namesOf(EventChange)])
    const spoken = tags.filter(({ legacy }) => legacy !== true).map(({ name }) => name)
    expect(spoken.length).toBeGreaterThan(40)
    expect(spoken.filter((name) => !known.has(name))).toEqual([])
  })
})

function namesOf(schema: Schema): string[] {
  return schema.fields.flatMap((field: Field) => {
    const own = field.tag.namespace === 'Calendar' ? [field.tag.name] : []
    return 'fields' in field ? [...own, ...namesOf(field as Schema)] : own
  })
}

test('the pages of the server have the elements of the class', () => {
  expect(allTags().filter(({ namespace }) => namespace === 'Calendar').length).toBeGreaterThan(40)
})
