// Actions on absences: who is out of office, and what his mail is answered with.
import { z } from 'zod'
import { absenceOf, AbsenceRefusal, changeAbsence, replyCharactersMax, type AbsenceChange } from '../mail/absence/keeping.ts'
import type { OutsideAnswers } from '../mail/absence/desk.ts'
import { audiences, isAway, type Absence, type AbsenceReply, type Audience } from '../model/absence.ts'
import type { Account } from '../model/account.ts'
import { assertMayTouch } from './accounts.ts'
import { helpers, reading, staff, writing } from './action.ts'
import { Refusal, type Desk } from './house.ts'
import { accountAt, addressInput } from './lookup.ts'
import { own, ownRoles } from './me.ts'

const states = ['off', 'on', 'timed'] as const
const types = ['text', 'html'] as const

export interface AbsenceReplyView {
  readonly enabled: boolean
  readonly type: (typeof types)[number]
  readonly text: string
}

/** An absence as programs see it; times are ISO 8601 in UTC. */
export interface AbsenceView {
  /** Whether his mail is answered now. */
  readonly away: boolean
  /** `timed`: from `start` to `end`. One that is over is `off`. */
  readonly state: (typeof states)[number]
  readonly start: string | null
  readonly end: string | null
  /** By which clock he reads the times. */
  readonly timeZone: string
  readonly replies: Readonly<Record<Audience, AbsenceReplyView>>
  /** Whom outside of the organization this server answers at all. */
  readonly outside: OutsideAnswers
}

const instantInput = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-07-01T09:00:00Z' })
  .transform((text) => Date.parse(text))
const replyInput = z.object({
  enabled: z.boolean().optional(),
  type: z.enum(types).default('text'),
  text: z.string().max(replyCharactersMax, `a reply has at most ${replyCharactersMax} characters`).optional(),
})

/** What is left out stays as it is. */
const absenceInput = z.object({
  state: z.enum(states),
  start: instantInput.optional(),
  end: instantInput.optional(),
  replies: z.object({ internal: replyInput.optional(), known: replyInput.optional(), unknown: replyInput.optional() }).optional(),
})
const staffInput = absenceInput.extend({ address: addressInput })

const target = ({ address }: { readonly address: string }) => address
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())

function view({ clock, zoneOf, outsideAnswers }: Desk, account: Account, absence: Absence): AbsenceView {
  const { state, start, end, replies } = absence
  const shown = audiences.map((audience) => [audience, replyView(replies[audience])] as const)
  return {
    away: isAway(absence, clock.now()),
    state: states[state],
    start: iso(start),
    end: iso(end),
    timeZone: zoneOf(account),
    replies: Object.fromEntries(shown) as AbsenceView['replies'],
    outside: outsideAnswers,
  }
}

function replyView({ enabled, text: { type, text } }: AbsenceReply): AbsenceReplyView {
  return { enabled, type: type === 2 ? 'html' : 'text', text }
}

async function show(house: Desk, account: Account): Promise<AbsenceView> {
  return view(house, account, await absenceOf(house.store, account.id, house.clock.now()))
}

async function keep(house: Desk, account: Account, given: z.output<typeof absenceInput>): Promise<AbsenceView> {
  const { state, start, end, replies = {} } = given
  const said = audiences.map((audience) => [audience, replyOf(replies[audience])] as const)
  const change: AbsenceChange = { state: stateOf(state), start, end, replies: Object.fromEntries(said) }
  try {
    return view(house, account, await changeAbsence(house.store, account.id, change, house.clock.now()))
  } catch (thrown) {
    throw thrown instanceof AbsenceRefusal ? new Refusal(thrown.message) : thrown
  }
}

function stateOf(state: (typeof states)[number]): Absence['state'] {
  switch (state) {
    case 'off':
      return 0
    case 'on':
      return 1
    case 'timed':
      return 2
  }
}

function replyOf(given: z.output<typeof replyInput> | undefined): Partial<AbsenceReply> {
  if (given === undefined) return {}
  const { enabled, type, text } = given
  return {
    ...(enabled === undefined ? {} : { enabled }),
    ...(text === undefined ? {} : { text: { type: type === 'html' ? 2 : 1, text } }),
  }
}

export const showAbsence = reading(
  {
    input: z.object({ address: addressInput }),
    about: 'Whether somebody is out of office, and what his mail is answered with.',
    roles: staff,
    target,
  },
  async (house, { address }) => show(house, await accountAt(house, address)),
)

/** For whoever fell ill, and cannot say it himself. */
export const setAbsence = writing(
  {
    input: staffInput,
    about: 'Says that somebody is out of office, or back. Fields left out stay as they are.',
    roles: helpers,
    target,
  },
  async (house, { address, ...given }) => {
    const account = await accountAt(house, address)
    assertMayTouch(house, account)
    return keep(house, account, given)
  },
)

export const showOwnAbsence = reading(
  { input: z.object({}), about: 'Whether whoever asks is out of office, and what his mail is answered with.', roles: ownRoles },
  async (house) => show(house, await own(house)),
)

export const setOwnAbsence = writing(
  { input: absenceInput, about: 'Says that whoever asks is out of office, or back. Fields left out stay as they are.', roles: ownRoles },
  async (house, given) => keep(house, await own(house), given),
)
