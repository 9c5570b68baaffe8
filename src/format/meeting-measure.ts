// Whether a calendar that came by mail has the measure of a meeting: anybody sends it, and it is read while others wait.

/** What nobody writes about a meeting, with what costs the time: each is counted in the unfolded text. */
const measures: readonly { readonly pattern: RegExp; readonly most: number }[] = [
  // A series and its exceptions; whole calendars are sent as files.
  { pattern: /^BEGIN:VEVENT/gim, most: 500 },
  { pattern: /^BEGIN:/gim, most: 5000 },
  // Time zones have two or three for each change of their law.
  { pattern: /^RRULE/gim, most: 500 },
  { pattern: /^BEGIN:VTIMEZONE/gim, most: 100 },
  { pattern: /^ATTENDEE/gim, most: 5000 },
  { pattern: /^(?:EXDATE|RDATE)/gim, most: 1000 },
  // RFC 5545 has given them up: each occurrence of a second series is looked for in the first.
  { pattern: /^EXRULE/gim, most: 0 },
  // Nobody meets by the minute, nor two thousand times.
  { pattern: /^RRULE.*FREQ=(?:SECOND|MINUTE|HOUR)LY/gim, most: 0 },
  { pattern: /^RRULE.*BY(?:SECOND|MINUTE)=\d+,/gim, most: 0 },
  { pattern: /^RRULE.*COUNT=0*(?:[2-9]\d{3}|\d{5})/gim, most: 0 },
  // Dates that are taken out or put in, many on a line.
  { pattern: /^(?:EXDATE|RDATE)[^\r\n]{20000}/gim, most: 0 },
  // Parameters: a text may be long, what stands before it is not.
  { pattern: /^[A-Z0-9-]+(?:;[^;:"\r\n]{0,1000}|"[^"\r\n]{0,1000}"){100}/gim, most: 0 },
]

/** Whether a calendar is worth reading as that of a meeting. */
export function isOfMeetings(text: string): boolean {
  const unfolded = text.replaceAll(/\r?\n[ \t]/g, '')
  return measures.every(({ pattern, most }) => {
    let found = 0
    for (const _ of unfolded.matchAll(pattern)) if (++found > most) return false
    return true
  })
}
