// Properties and components that no field of ours holds: as jCal (RFC 7265), and out again as they came.
import type { ForeignComponent, ForeignProperty } from '../../model/record.ts'
import type { Component } from './component.ts'
import { type ContentLine, writtenLine } from './content-line.ts'
import { separatorOf, typeOf } from './property-type.ts'
import { partsOf, textOf, textValue } from './text.ts'

/**
 * A property in the shape of jCal. Only values of types that JSON would tell otherwise are changed, and only if they come back the same:
 * a date that is none stays as it was. A rule stays a text, since the object of RFC 7265 3.6.10 has no order.
 */
export function foreignProperty(line: ContentLine): ForeignProperty {
  const { value: named, ...parameters } = line.parameters
  const type = (named === undefined ? '' : [named].flat().join(',')).toLowerCase() || typeOf(line.name)
  if (type === 'text') {
    const separator = separatorOf(line.name)
    const values = separator === undefined ? [line.value] : partsOf(line.value, separator)
    return [line.name, parameters, type, ...values.map(textOf)]
  }
  if (type === 'date' || type === 'date-time') return [line.name, parameters, type, ...line.value.split(',').map(dashed)]
  if ((type === 'integer' || type === 'float') && String(Number(line.value)) === line.value)
    return [line.name, parameters, type, Number(line.value)]
  if (type === 'boolean' && /^(?:TRUE|FALSE)$/.test(line.value)) return [line.name, parameters, type, line.value === 'TRUE']
  return [line.name, parameters, type, line.value]
}

/** `20250131T120000Z` as RFC 7265 3.6.5 has it: `2025-01-31T12:00:00Z`. */
function dashed(value: string): string {
  return value.replace(/^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/, (_, year, month, day, hours, minutes, seconds, zulu) =>
    hours === undefined ? `${year}-${month}-${day}` : `${year}-${month}-${day}T${hours}:${minutes}:${seconds}${zulu}`,
  )
}

function compact(value: string): string {
  return /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ?)?$/.test(value) ? value.replace(/[-:]/g, '') : value
}

/** A property of jCal as it stands in iCalendar. */
export function lineOfForeign([name, parameters, type, ...values]: ForeignProperty): ContentLine {
  const told = type === 'unknown' || type === typeOf(name) ? parameters : { value: type.toUpperCase(), ...parameters }
  return {
    name,
    parameters: told,
    value: values.map((value) => valueOf(value, type)).join(type === 'text' ? (separatorOf(name) ?? ',') : ','),
  }
}

function valueOf(value: unknown, type: string): string {
  if (Array.isArray(value)) return value.map((part) => valueOf(part, type)).join(';')
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return ''
  if (type === 'text') return textValue(value)
  return type === 'date' || type === 'date-time' ? compact(value) : value
}

/** A component in the shape of jCal. */
export function foreignComponent({ name, properties, components }: Component): ForeignComponent {
  return [name, properties.map(foreignProperty), components.map(foreignComponent)]
}

/** A component of jCal as text. */
export function writtenForeign([name, properties, components]: ForeignComponent): string {
  const title = name.toUpperCase().replace(/[^A-Z0-9-]/g, '')
  const inner = [...properties.map((line) => writtenLine(lineOfForeign(line))), ...components.map(writtenForeign)]
  return `BEGIN:${title}\r\n${inner.join('')}END:${title}\r\n`
}
