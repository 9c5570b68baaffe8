// `easel account absence`: who is out of office, and what his mail is answered with.
import type { Command } from 'commander'
import type { AbsenceReplyView, AbsenceView } from '../admin/absences.ts'
import { isoTime, localTime } from '../admin/local-time.ts'
import { Refusal } from '../admin/house.ts'
import { htmlToText } from '../format/html-text.ts'
import type { Door } from './door.ts'
import { printFields, type Format } from './print.ts'
import type { Shell } from './shell.ts'

interface AbsenceOptions extends Format {
  readonly off?: true
  readonly on?: true
  readonly from?: string
  readonly to?: string
  /** False: they are not answered. */
  readonly internal?: string | false
  readonly contacts?: string | false
  readonly others?: string | false
  readonly html?: true
}

const titles = {
  address: 'Address',
  away: 'Mail is answered now',
  state: 'Out of office',
  internal: 'People of the organization',
  known: 'Other people among the contacts',
  unknown: 'Everybody else',
}

/** Adds `account absence` to the commands about accounts. */
export function absenceCommand(account: Command, shell: Shell, door: Door): void {
  account
    .command('absence <address>')
    .description('show whether somebody is out of office, or say so; what is left out stays as it is')
    .option('--on', 'he is, until further notice')
    .option('--off', 'he is back')
    .option('--from <time>', 'he is from then on, by the clock of his time zone: "2026-07-01 09:00"')
    .option('--to <time>', 'and until then')
    .option('--internal <text>', 'what people of the organization are answered')
    .option('--no-internal', 'they are not answered')
    .option('--contacts <text>', 'what others among his contacts are answered')
    .option('--no-contacts', 'they are not answered')
    .option('--others <text>', 'what everybody else is answered')
    .option('--no-others', 'they are not answered')
    .option('--html', 'the texts are HTML')
    .option('--json', 'answer in JSON')
    .action(async (address: string, options: AbsenceOptions) => {
      const shown = await door.perform('account.absence', { address })
      const change = changeOf(options, shown)
      print(shell, address, change === null ? shown : await door.perform('account.absence.set', { address, ...change }), options)
    })
}

/** What the options change; null where they change nothing. */
function changeOf({ off, on, from, to, internal, contacts, others, html }: AbsenceOptions, { state, timeZone }: AbsenceView) {
  const states = [off, on, from ?? to].filter((each) => each !== undefined)
  if (states.length > 1) throw new Refusal('Use one of --on, --off, and --from with --to.')
  const type = html === true ? ('html' as const) : ('text' as const)
  const reply = (text: string | false | undefined) => {
    if (text === undefined) return undefined
    return text === false ? { enabled: false } : { enabled: true, type, text }
  }
  const replies = { internal: reply(internal), known: reply(contacts), unknown: reply(others) } as const
  if (states.length === 0 && Object.values(replies).every((each) => each === undefined)) return null
  return {
    state: off === true ? 'off' : on === true ? 'on' : states.length > 0 ? 'timed' : state,
    replies,
    ...(from === undefined ? {} : { start: isoTime(from, timeZone) }),
    ...(to === undefined ? {} : { end: isoTime(to, timeZone) }),
  } as const
}

function print(shell: Shell, address: string, view: AbsenceView, format: Format): void {
  const { away, state, start, end, timeZone, replies } = view
  if (format.json === true) return printFields(shell, { ...view }, format, {})
  const time = (iso: string) => localTime(iso, timeZone).replace('T', ' ')
  const span = start === null || end === null ? null : `from ${time(start)} to ${time(end)} (${timeZone})`
  const fields = {
    address,
    away,
    state: span ?? (state === 'on' ? 'until further notice' : 'no'),
    internal: replyText(replies.internal),
    known: replyText(replies.known),
    unknown: replyText(replies.unknown),
  }
  printFields(shell, fields, format, titles)
}

function replyText({ enabled, type, text }: AbsenceReplyView): string {
  if (!enabled || text === '') return 'not answered'
  return (type === 'html' ? htmlToText(text) : text).replaceAll(/\s*\n\s*/g, ' / ')
}
