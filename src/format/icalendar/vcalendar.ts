// vCalendar 1.0, the forerunner that old phones and organisers still write, in the words of iCalendar.
import { decodeText } from '../charset.ts'
import { type Component, property } from './component.ts'
import { type ContentLine, parameter, type Parameters } from './content-line.ts'
import { partsOf, textOf, textValue } from './text.ts'

/** A calendar as it is, or, if it is of version 1.0, as it would be in 2.0. */
export function modernised(calendar: Component): Component {
  return property(calendar, 'version')?.value.trim() === '1.0' ? modernComponent(calendar) : calendar
}

function modernComponent(component: Component): Component {
  const lines = component.properties.map(plainLine)
  const start = lines.find(({ name }) => name === 'dtstart')?.value ?? ''
  const alarms = lines.filter(({ name }) => name === 'dalarm' || name === 'aalarm').flatMap((line) => alarmOf(line, start))
  return {
    name: component.name,
    properties: lines.filter(({ name }) => name !== 'dalarm' && name !== 'aalarm').map((line) => modernLine(line, start)),
    components: [...component.components.map(modernComponent), ...alarms],
  }
}

/** Without the transfer encoding and character set that each line of 1.0 may have of its own. A parameter may be its value alone. */
function plainLine(line: ContentLine): ContentLine {
  const bare = Object.entries(line.parameters).filter(([, value]) => value === '')
  const encoding = (parameter(line, 'encoding') ?? bare.map(([name]) => name).join(' ')).toLowerCase()
  const charset = parameter(line, 'charset')
  const named = Object.entries(line.parameters).filter(([name, value]) => value !== '' && name !== 'charset' && name !== 'encoding')
  const parameters: Parameters = Object.fromEntries(named)
  if (/quoted-printable/.test(encoding)) return { ...line, parameters, value: textValue(quotedPrintable(line.value, charset)) }
  return { ...line, parameters: /base64/.test(encoding) ? { ...parameters, encoding: 'BASE64', value: 'BINARY' } : parameters }
}

function quotedPrintable(value: string, charset: string | null): string {
  const octets = Buffer.from(value, 'utf8').toString('latin1')
  const decoded = octets.replace(/=([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  return textOf(decodeText(Buffer.from(decoded, 'latin1'), charset ?? 'utf-8'))
}

function modernLine(line: ContentLine, start: string): ContentLine {
  switch (line.name) {
    case 'rrule':
    case 'exrule':
      return { ...line, value: modernRule(line.value, start) }
    case 'exdate':
    case 'rdate':
      return { ...line, value: line.value.replaceAll(';', ',') }
    case 'categories':
      return { ...line, value: partsOf(line.value, ';').join(',') }
    case 'attendee':
      return modernAttendee(line)
    case 'transp':
      // A number: 0 takes the time up, and more does not.
      return { ...line, value: Number(line.value) > 0 ? 'TRANSPARENT' : 'OPAQUE' }
    case 'status':
      return { ...line, value: line.value.trim().toUpperCase().replace('NEEDS ACTION', 'NEEDS-ACTION') }
    default:
      return line
  }
}

/** `ATTENDEE;ROLE=ORGANIZER;STATUS=CONFIRMED:Jane Doe <jane@example.com>`. */
function modernAttendee(line: ContentLine): ContentLine {
  const { role, status, expect, ...rest } = line.parameters
  const [, name = '', address = line.value] = /^\s*(.*?)\s*<([^<>]+)>\s*$/.exec(line.value) ?? []
  const value = address.includes(':') ? address : `mailto:${address.trim()}`
  const cn = name === '' ? {} : { cn: name.replace(/^"|"$/g, '') }
  if (/^(?:ORGANIZER|OWNER)$/i.test(String(role))) return { name: 'organizer', parameters: { ...rest, ...cn }, value }
  const said = String(status ?? '').toUpperCase()
  const answers: Readonly<Record<string, string>> = {
    ACCEPTED: 'ACCEPTED',
    CONFIRMED: 'ACCEPTED',
    DECLINED: 'DECLINED',
    TENTATIVE: 'TENTATIVE',
  }
  const partstat = answers[said] ?? 'NEEDS-ACTION'
  return {
    name: 'attendee',
    parameters: { ...rest, ...cn, partstat, role: /FYI/i.test(String(expect)) ? 'OPT-PARTICIPANT' : 'REQ-PARTICIPANT' },
    value,
  }
}

/** `DALARM:19960415T235000Z;PT5M;2;text`. */
function alarmOf({ name, value }: ContentLine, start: string): Component[] {
  const [at = '', , , text = ''] = partsOf(value, ';')
  const minutes = (timeOf(start) - timeOf(at)) / 60_000
  if (!Number.isFinite(minutes) || start.endsWith('Z') !== at.endsWith('Z')) return []
  const line = (name: string, value: string, parameters: Parameters = {}): ContentLine => ({ name, parameters, value })
  const shown = line('description', text === '' ? 'Reminder' : text)
  const properties = [
    line('action', name === 'aalarm' ? 'AUDIO' : 'DISPLAY'),
    line('trigger', `${minutes < 0 ? '' : '-'}PT${Math.abs(Math.round(minutes))}M`),
    shown,
  ]
  return [{ name: 'valarm', properties, components: [] }]
}

/** Two such times can be compared, if both are of UTC or neither is. */
function timeOf(value: string): number {
  const [, year, month, date, hours, minutes, seconds] = (/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(value.trim()) ?? []).map(Number)
  return Date.UTC(year ?? NaN, (month ?? NaN) - 1, date, hours, minutes, seconds)
}

const frequencies: Readonly<Record<string, string>> = { D: 'DAILY', W: 'WEEKLY', MD: 'MONTHLY', MP: 'MONTHLY', YM: 'YEARLY', YD: 'YEARLY' }

/** `W2 MO WE #10`, `MP1 1+ TU 1- FR 19991231T000000Z`: vCalendar 1.0, 2.2.9. Without a `#` it ends with a date, or is done twice. */
function modernRule(rule: string, start: string): string {
  const [head = '', ...words] = rule.trim().toUpperCase().split(/\s+/)
  const [, kind = '', interval = '1'] = /^(D|W|MD|MP|YM|YD)(\d+)$/.exec(head) ?? []
  const frequency = frequencies[kind]
  if (frequency === undefined) return rule
  const parts = [`FREQ=${frequency}`, `INTERVAL=${interval}`]
  const end = words.find((word) => /^#\d+$/.test(word) || /^\d{8}/.test(word))
  if (end === undefined) parts.push('COUNT=2')
  else if (end !== '#0') parts.push(end.startsWith('#') ? `COUNT=${end.slice(1)}` : `UNTIL=${end}`)
  const told = words.filter((word) => word !== end && !/^\d{4}$/.test(word)).map((word) => word.replace(/\$$/, ''))
  const days: string[] = []
  const dates: string[] = []
  let nth = ''
  for (const word of told) {
    if (/^\d[+-]$/.test(word)) nth = word.endsWith('-') ? `-${word[0]}` : (word[0] ?? '')
    else if (/^(?:SU|MO|TU|WE|TH|FR|SA)$/.test(word)) days.push(`${nth}${word}`)
    else if (word === 'LD') dates.push('-1')
    else if (/^\d+[+-]?$/.test(word)) dates.push(word.endsWith('-') ? `-${word.slice(0, -1)}` : word.replace('+', ''))
  }
  if (days.length > 0) parts.push(`BYDAY=${days.join(',')}`)
  if (dates.length > 0) parts.push(`${{ MD: 'BYMONTHDAY', YM: 'BYMONTH', YD: 'BYYEARDAY' }[kind] ?? 'BYMONTHDAY'}=${dates.join(',')}`)
  if (kind === 'YM' && dates.length > 0 && /^\d{8}/.test(start)) parts.push(`BYMONTHDAY=${Number(start.slice(6, 8))}`)
  return parts.join(';')
}
