// The properties that calendars have by RFC, and what kind of values theirs are.

/** RFC 5545 3.8, RFC 7986, RFC 9073 and RFC 9074: what a value is where no VALUE says so. All others are `unknown`, and not touched. */
const types: Readonly<Record<string, string>> = {
  acknowledged: 'date-time',
  action: 'text',
  attach: 'uri',
  attendee: 'cal-address',
  begin: 'text',
  busytype: 'text',
  calscale: 'text',
  'calendar-address': 'cal-address',
  categories: 'text',
  class: 'text',
  color: 'text',
  comment: 'text',
  completed: 'date-time',
  // RFC 7986 wants VALUE told with these two, whatever it is.
  conference: 'unknown',
  contact: 'text',
  created: 'date-time',
  description: 'text',
  dtend: 'date-time',
  dtstamp: 'date-time',
  dtstart: 'date-time',
  due: 'date-time',
  duration: 'duration',
  end: 'text',
  exdate: 'date-time',
  exrule: 'recur',
  freebusy: 'period',
  geo: 'float',
  image: 'unknown',
  'last-modified': 'date-time',
  location: 'text',
  'location-type': 'text',
  method: 'text',
  name: 'text',
  organizer: 'cal-address',
  'participant-type': 'text',
  'percent-complete': 'integer',
  priority: 'integer',
  prodid: 'text',
  proximity: 'text',
  rdate: 'date-time',
  'recurrence-id': 'date-time',
  'refresh-interval': 'duration',
  'related-to': 'text',
  repeat: 'integer',
  'request-status': 'text',
  resources: 'text',
  'resource-type': 'text',
  rrule: 'recur',
  sequence: 'integer',
  source: 'uri',
  status: 'text',
  'structured-data': 'text',
  'styled-description': 'text',
  summary: 'text',
  transp: 'text',
  trigger: 'duration',
  tzid: 'text',
  tzname: 'text',
  tzoffsetfrom: 'utc-offset',
  tzoffsetto: 'utc-offset',
  tzurl: 'uri',
  uid: 'text',
  url: 'uri',
  version: 'text',
  // Everybody's, and nobody's RFC.
  'x-wr-caldesc': 'text',
  'x-wr-calname': 'text',
}

/** Whose values are lists of texts, and between what. */
const lists: Readonly<Record<string, ',' | ';'>> = { categories: ',', resources: ',', 'request-status': ';' }

/** Whether RFC 5545 or one that came after it has a property of this name (in lower case). */
export function isKnownProperty(name: string): boolean {
  return Object.hasOwn(types, name)
}

/** Whether a property holds text that somebody may have typed, line ends and all. */
export function isText(name: string): boolean {
  return name.startsWith('x-') || typeOf(name) === 'text'
}

/** What the value of a property is where no VALUE says so; `unknown` is not touched. */
export const typeOf = (name: string) => (Object.hasOwn(types, name) ? (types[name] ?? 'unknown') : 'unknown')
/** Between what the values of a property stand that is a list of texts. */
export const separatorOf = (name: string) => (Object.hasOwn(lists, name) ? lists[name] : undefined)
