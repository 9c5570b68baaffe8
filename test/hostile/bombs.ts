// Messages built to hurt: each once cost a server of some make minutes, its memory or its stack.

const head = 'From: mallory@else.test\r\nTo: alice@example.test\r\nDate: Mon, 2 Mar 2026 08:00:00 +0000\r\n'
const blanks = ' '.repeat(200_000)

/** Parts of a multipart, one after the other. */
function parts(count: number, part: string): string {
  return `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${`--b\r\n${part}\r\n`.repeat(count)}--b--\r\n`
}

function nested(depth: number, open: (level: number) => string): string {
  return head + Array.from({ length: depth }, (_, level) => open(level)).join('') + '\r\nhi\r\n'
}

/** An invitation to Alice whose calendar holds these lines. */
function meetingOf(...lines: readonly string[]): string {
  const calendar = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'METHOD:REQUEST', ...lines, 'END:VCALENDAR', ''].join('\r\n')
  return `${head}Content-Type: text/calendar; method=REQUEST\r\n\r\n${calendar}`
}

/** An event that Alice is invited to. */
function eventOf(uid: string, ...lines: readonly string[]): string[] {
  const people = ['ORGANIZER:mailto:mallory@else.test', 'ATTENDEE:mailto:alice@example.test']
  return ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260301T000000Z', 'DTSTART:20200303T090000Z', ...people, ...lines, 'END:VEVENT']
}

const times = <Made>(count: number, make: (index: number) => Made) => Array.from({ length: count }, (_, index) => make(index))
const yearly = (index: number) => `${2020 + index}0303T050000Z`
const everyDay = times(366, (index) => index + 1).join(',')
const neverUntil = 'RRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;BYSETPOS=3;UNTIL=99991231T000000Z'

/** Made when they are wanted: together they are too much to keep. */
export const bombs: Readonly<Record<string, () => string>> = {
  'nothing at all': () => '\r\n',
  'a header and no body': () => `${head}Subject: x\r\n`,
  'no header': () => 'hello, is anybody there?\r\n',
  NULs: () => `${head}Subject: a\0b\r\n\r\n${'\0'.repeat(10_000)}\r\n`,
  'blanks in a Message-ID that never closes': () => `${head}Message-ID: <a${blanks}b\r\n\r\nhi\r\n`,
  'blanks in References': () => `${head}References: <a${blanks}b\r\n\r\nhi\r\n`,
  'blanks in a Content-ID': () => `${head}Content-ID: a${blanks}b\r\n\r\nhi\r\n`,
  'blanks in an address': () => `${head}Cc: <a${blanks}b@else.test>\r\n\r\nhi\r\n`,
  'brackets in an address': () => `${head}Cc: ${'<'.repeat(200_000)}a@else.test\r\n\r\nhi\r\n`,
  'comments within comments': () => `${head}Cc: ${'('.repeat(200_000)}\r\n\r\nhi\r\n`,
  'quotes that never close': () => `${head}Cc: ${'"a'.repeat(100_000)}\r\n\r\nhi\r\n`,
  'a million recipients': () => `${head}${`Cc: ${'a@b,'.repeat(60_000)}c@d\r\n`.repeat(15)}\r\nhi\r\n`,
  'a name as long as a book': () => `${head}Cc: "${'x'.repeat(250_000)}" <a@else.test>\r\n\r\nhi\r\n`,
  'a hundred thousand fields': () => `${head}${'X-A: b\r\n'.repeat(100_000)}\r\nhi\r\n`,
  'a field of three hundred thousand folds': () => `${head}X-Long:${'\r\n a'.repeat(300_000)}\r\n\r\nhi\r\n`,
  'encoded words without an end': () => `${head}Subject: ${'=?utf-8?q?=41?= '.repeat(15_000)}=?a?q?${'b'.repeat(50_000)}\r\n\r\nhi\r\n`,
  'parameters in pieces': () =>
    `${head}Content-Type: text/plain; ${Array.from({ length: 1500 }, (_, index) => `name*${index}*=%41;`).join('')}\r\n\r\nhi\r\n`,
  'parameters with names of properties': () =>
    `${head}Content-Type: text/plain; __proto__=x; constructor=y; name*99999999999=z; name*0=a\r\n\r\nhi\r\n`,
  'names of dots': () => parts(100, `Content-Type: image/png; name="a${'. '.repeat(7000)}x"\r\n\r\nx`),
  'a boundary of nothing': () => `${head}Content-Type: multipart/mixed; boundary="  "\r\n\r\n${'--\r\n'.repeat(10_000)}`,
  'a boundary that has to be guessed': () => parts(200, `Content-Type: multipart/mixed\r\n\r\n--a${' '.repeat(16_000)}x\r\n`),
  'lines that are almost boundaries': () => `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--bx\r\n'.repeat(200_000)}`,
  'a hundred thousand parts': () => parts(100_000, 'Content-Type: image/png\r\n\r\nx'),
  'three thousand levels': () => nested(3000, (level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`),
  'messages within messages': () => nested(3000, (level) => `Content-Type: message/rfc822\r\n\r\nSubject: ${level}\r\n`),
  'messages beside messages within messages': () =>
    parts(
      900,
      `Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n${'--c\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n'.repeat(30)}`,
    ),
  'elements within elements': () => `${head}Content-Type: text/html\r\n\r\n${'<div><b>'.repeat(40_000)}`,
  'lists within lists': () => `${head}Content-Type: text/html\r\n\r\n${'<ul><li>'.repeat(40_000)}`,
  'brackets and nothing else': () => `${head}Content-Type: text/html\r\n\r\n${'<'.repeat(200_000)}`,
  'comments that never close': () => `${head}Content-Type: text/html\r\n\r\n${'<!--'.repeat(80_000)}`,
  'styles that never close': () => `${head}Content-Type: text/html\r\n\r\n${'<style>'.repeat(40_000)}`,
  'an element with forty thousand attributes': () => `${head}Content-Type: text/html\r\n\r\n<a ${'href="x" '.repeat(40_000)}>`,
  'blanks in HTML': () => `${head}Content-Type: text/html\r\n\r\n<p>a${blanks}b`,
  'blanks in text': () => `${head}\r\na${blanks}b\r\n`,
  'carriage returns alone': () => `${head}\r\n${'\r'.repeat(150_000)}`,
  'soft line ends without lines': () =>
    `${head}Content-Transfer-Encoding: quoted-printable\r\n\r\n${`=${' '.repeat(2000)}`.repeat(200)}x\r\n`,
  'shifts of UTF-7': () => `${head}Content-Type: text/plain; charset=utf-7\r\n\r\n${'+AAA-'.repeat(30_000)}\r\n`,
  'quotation marks without text': () => `${head}Content-Type: text/plain; format=flowed\r\n\r\n${'> '.repeat(80_000)}\r\n`,
  'a damaged uuencode': () => `${head}Content-Transfer-Encoding: uuencode\r\n\r\nbegin 644 x\r\n${'M\r\n'.repeat(40_000)}`,
  'five hundred series that end in another age': () => meetingOf(...times(500, (index) => eventOf(`age-${index}`, neverUntil)).flat()),
  'five hundred series of leap days': () =>
    meetingOf(...times(500, (index) => eventOf(`leap-${index}`, 'RRULE:FREQ=YEARLY;COUNT=1999;BYMONTH=2;BYMONTHDAY=29')).flat()),
  'a series that turns four hundred times': () =>
    meetingOf(
      ...eventOf('turn', neverUntil),
      ...times(400, (index) => eventOf('turn', `RECURRENCE-ID;RANGE=THISANDFUTURE:${yearly(index)}`, neverUntil)).flat(),
    ),
  'five thousand dates taken out of all days of a year': () =>
    meetingOf(...eventOf('days', `RRULE:FREQ=YEARLY;BYYEARDAY=${everyDay}`, ...times(5, () => `EXDATE:${times(1000, yearly).join(',')}`))),
  'a thousand dates taken out of a count of moons': () =>
    meetingOf(
      ...eventOf(
        'moons',
        'RRULE:RSCALE=CHINESE;FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=1999',
        `EXDATE:${times(999, yearly).join(',')}`,
      ),
    ),
  'a thousand dates taken out of months that are skipped': () =>
    meetingOf(
      ...eventOf(
        'skips',
        'RRULE:RSCALE=GREGORIAN;SKIP=FORWARD;FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2;UNTIL=99991231T000000Z',
        `EXDATE:${times(999, yearly).join(',')}`,
      ),
    ),
  'events whose lines are cut': () =>
    meetingOf(
      ...times(1500, (index) => ['BEGIN:V', '', ' EVENT', ...eventOf(`cut-${index}`, 'RR', '', ' ULE:FREQ=DAILY').slice(1)]).flat(),
    ),
  'a calendar that lost a million folds': () => meetingOf(...eventOf('folds', 'DESCRIPTION:a', times(1_200_000, () => 'a').join('\r\n'))),
  'soft line ends in a calendar': () =>
    meetingOf(...eventOf('soft', 'DESCRIPTION;ENCODING=QUOTED-PRINTABLE:=', times(100_000, () => `${'a'.repeat(40)}=`).join('\r\n'))),
}
