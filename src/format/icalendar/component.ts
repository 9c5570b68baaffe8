// Components of iCalendar (RFC 5545 3.6): the tree that BEGIN and END make, mended where it is broken.
import { CalendarFormatError } from './calendar.ts'
import { clean, type ContentLine, contentLine } from './content-line.ts'
import { unfoldedLines } from './lines.ts'

export interface Component {
  /** In lower case. */
  readonly name: string
  readonly properties: readonly ContentLine[]
  readonly components: readonly Component[]
}

/** A calendar of half a million characters a day for a year is no calendar. */
const charactersMax = 256 * 1024 * 1024
/** VCALENDAR, VTIMEZONE, DAYLIGHT are three; VALARM holds VLOCATION (RFC 9074). What lies deeper is not looked at. */
const depthMax = 6
const componentsMax = 500_000
/** The largest meetings have some thousand attendees. */
const propertiesMax = 20_000

interface Open {
  readonly name: string
  readonly properties: ContentLine[]
  readonly components: Component[]
}

/**
 * The components that stand at the top of a text. A line that is none is left out; what is not closed ends with what surrounds it.
 * Throws CalendarFormatError for what is too large.
 */
export function componentsOf(text: string): readonly Component[] {
  if (text.length > charactersMax) throw new CalendarFormatError(`the calendar has more than ${charactersMax} characters`)
  const top: Open = { name: '', properties: [], components: [] }
  const stack = [top]
  let count = 0
  let tooDeep = 0
  for (const unfolded of unfoldedLines(clean(text))) {
    const line = contentLine(unfolded)
    if (line === null) continue
    const inner = stack.at(-1) ?? top
    const value = line.value.toLowerCase().replace(/[^a-z0-9-]/g, '')
    if (line.name === 'begin') {
      count += 1
      if (count > componentsMax) throw new CalendarFormatError(`the calendar has more than ${componentsMax} components`)
      if (stack.length > depthMax) tooDeep += 1
      else open(stack, inner, value)
    } else if (line.name === 'end') {
      if (tooDeep > 0) tooDeep -= 1
      else close(stack, value)
    } else if (tooDeep === 0 && inner.properties.length < propertiesMax) inner.properties.push(line)
  }
  return top.components
}

function open(stack: Open[], inner: Open, name: string): void {
  const component = { name, properties: [], components: [] }
  inner.components.push(component)
  stack.push(component)
}

/** What somebody forgot to close ends as well; an end without a beginning ends nothing. */
function close(stack: Open[], name: string): void {
  const at = stack.findLastIndex((component, index) => index > 0 && component.name === name)
  if (at > 0) stack.length = at
}

/** The first property of a name; null if there is none. */
export function property(component: Component, name: string): ContentLine | null {
  return component.properties.find((line) => line.name === name) ?? null
}

/** Every property of a name. */
export function properties(component: Component, name: string): readonly ContentLine[] {
  return component.properties.filter((line) => line.name === name)
}
