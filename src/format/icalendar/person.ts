// People of an event (RFC 5545 3.8.4.1, 3.8.4.3) with every parameter, and the model's.
import type { Attendee, Person } from '../../model/event.ts'
import type { ZoneId } from '../../model/zone.ts'
import { type ContentLine, parameter, type Parameters } from './content-line.ts'
import { compactTime, momentOf } from './moment.ts'

/** Where an attendee keeps an address that is none of mail: `urn:uuid:…`. Never travels. */
const otherAddress = 'x-easel-address'
const proposal = 'x-easel-proposed'
/** MS-OXCICAL 2.1.3.1.1.20.2: when the answer was given. */
const answeredAt = 'x-ms-olk-resptime'
/** What goes by mail where an address is wanted and there is none; Exchange and Google write it. */
const nobody = 'invalid:nomail'

const answers: Readonly<Record<string, Attendee['status']>> = { TENTATIVE: 2, ACCEPTED: 3, DECLINED: 4, 'NEEDS-ACTION': 5 }
const answerNames: Readonly<Record<Attendee['status'], string | null>> = {
  0: null,
  2: 'TENTATIVE',
  3: 'ACCEPTED',
  4: 'DECLINED',
  5: 'NEEDS-ACTION',
}

/** What is written for a type; other words that mean the same type are kept among the parameters. */
const kinds: Readonly<Record<Attendee['type'], Parameters>> = {
  1: { role: 'REQ-PARTICIPANT' },
  2: { role: 'OPT-PARTICIPANT' },
  3: { cutype: 'RESOURCE', role: 'NON-PARTICIPANT' },
}

/** The person of an ORGANIZER, or of an ATTENDEE. */
export function personOf(line: ContentLine): Person {
  return { name: (parameter(line, 'cn') ?? '').trim(), address: mailAddress(line.value) ?? parameter(line, 'email')?.trim() ?? '' }
}

/** Whether name and address are all that a line says. */
export function isPlainPerson(line: ContentLine): boolean {
  return Object.keys(line.parameters).every((name) => name === 'cn') && mailAddress(line.value) !== null
}

/** Null for what no mail goes to. An address without `mailto:` is common. */
function mailAddress(value: string): string | null {
  const address = value.trim()
  if (/^mailto:/i.test(address)) return plainAddress(address.slice(7).trim())
  return /^[^\s:/]+@[^\s:/]+$/.test(address) ? plainAddress(address) : null
}

function plainAddress(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    return address
  }
}

/** The value that names an address. */
export function addressValue(address: string): string {
  return address === '' ? nobody : `mailto:${address.replace(/%(?=[0-9A-Fa-f]{2})/g, '%25')}`
}

/** Somebody who takes part. */
export function attendeeOf(line: ContentLine): Attendee {
  const said = (name: string) => parameter(line, name)?.trim().toUpperCase() ?? ''
  const type = typeOf(said('role'), said('cutype'))
  const status = answers[said('partstat')] ?? 0
  const rsvp = said('rsvp')
  const parameters: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(line.parameters)) {
    const isSaid =
      name === 'cn' ||
      name === answeredAt ||
      name === proposal ||
      (name === 'rsvp' && (rsvp === 'TRUE' || rsvp === 'FALSE')) ||
      (name === 'partstat' && status !== 0) ||
      (typeof value === 'string' && kinds[type][name] === value.toUpperCase())
    if (!isSaid) parameters[name] = value
  }
  if (mailAddress(line.value) === null && line.value.trim() !== nobody) parameters[otherAddress] = line.value
  return {
    ...personOf(line),
    type,
    status,
    repliedAt: timeOf(parameter(line, answeredAt)),
    proposed: proposedOf(parameter(line, proposal)),
    responseRequested: rsvp === 'TRUE' ? true : rsvp === 'FALSE' ? false : null,
    parameters,
  }
}

/** MS-OXCICAL 2.1.3.1.1.20.2: rooms and things, then those who may, then those who must. */
function typeOf(role: string, cutype: string): Attendee['type'] {
  if (cutype === 'ROOM' || cutype === 'RESOURCE') return 3
  return role === 'OPT-PARTICIPANT' || role === 'NON-PARTICIPANT' ? 2 : 1
}

const utc = { zone: 'UTC' as ZoneId, named: () => null }

function timeOf(value: string | null): number | null {
  return value === null ? null : (momentOf(value, { name: '', parameters: {}, value }, utc)?.instant ?? null)
}

function proposedOf(value: string | null): Attendee['proposed'] {
  const [start = null, end = null] = value?.split('/').map(timeOf) ?? []
  return start === null || end === null ? null : { start, end }
}

/** The line that says the same. */
export function attendeeLine(attendee: Attendee): ContentLine {
  const { name, address, type, status, repliedAt, proposed, responseRequested } = attendee
  const { [otherAddress]: other, ...kept } = attendee.parameters
  const [role, cutype] = ['role', 'cutype'].map((name) => parameter({ parameters: { ...kinds[type], ...kept } }, name)?.toUpperCase() ?? '')
  const { role: _, cutype: __, partstat, ...rest } = kept
  const answer = answerNames[status] ?? partstat
  // A kind that no longer fits what the attendee has become is left out with its role.
  const kind = typeOf(role ?? '', cutype ?? '') === type ? { ...kinds[type], ...picked(kept, ['cutype', 'role']) } : kinds[type]
  const parameters: Parameters = {
    ...(name === '' ? {} : { cn: name }),
    ...kind,
    ...(answer === undefined ? {} : { partstat: answer }),
    ...(responseRequested === null ? {} : { rsvp: responseRequested ? 'TRUE' : 'FALSE' }),
    ...(repliedAt === null ? {} : { [answeredAt]: compactTime(repliedAt) }),
    ...(proposed === null ? {} : { [proposal]: `${compactTime(proposed.start)}/${compactTime(proposed.end)}` }),
    ...rest,
  }
  const isOther = typeof other === 'string' && address === (parameter(attendee, 'email')?.trim() ?? '')
  return { name: 'attendee', parameters, value: isOther ? other : addressValue(address) }
}

function picked(parameters: Parameters, names: readonly string[]): Parameters {
  return Object.fromEntries(names.flatMap((name) => (parameters[name] === undefined ? [] : [[name, parameters[name]]])))
}
