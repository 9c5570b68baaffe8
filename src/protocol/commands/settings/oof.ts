// The property Oof of Settings: out of office, asked and said (MS-ASCMD 2.2.3.122).
import { htmlToText } from '../../../format/html-text.ts'
import { document, wrapText } from '../../../format/html-wrap.ts'
import { crlf } from '../../../format/text.ts'
import { absenceOf, AbsenceRefusal, changeAbsence, type AbsenceChange } from '../../../mail/absence/keeping.ts'
import { audiences, noAbsence, type AbsenceReply, type Audience } from '../../../model/absence.ts'
import { validationDevice } from '../../../model/device.ts'
import type { RecordText } from '../../../model/record.ts'
import { StoreFailure } from '../../../store/failure.ts'
import { Settings } from '../../../wbxml/pages.ts'
import { container, dateTime, flag, integer, many, optional, text, type Encodable, type Infer } from '../../../wbxml/schema.ts'
import type { Call } from '../../command.ts'

const audienceFlags = [
  flag(Settings.AppliesToInternal),
  flag(Settings.AppliesToExternalKnown),
  flag(Settings.AppliesToExternalUnknown),
] as const

export const OofRequest = container(Settings.Oof, [
  optional(container(Settings.Get, [optional(text(Settings.BodyType))])),
  optional(
    container(Settings.Set, [
      optional(text(Settings.OofState)),
      optional(dateTime(Settings.StartTime)),
      optional(dateTime(Settings.EndTime)),
      many(
        container(Settings.OofMessage, [
          ...audienceFlags,
          optional(text(Settings.Enabled)),
          optional(text(Settings.ReplyMessage)),
          optional(text(Settings.BodyType)),
        ]),
      ),
    ]),
  ),
])
type OofRequest = Infer<typeof OofRequest>
type OofSet = NonNullable<OofRequest['Set']>
type OofMessage = NonNullable<OofSet['OofMessage']>[number]

export const OofResponse = container(Settings.Oof, [
  integer(Settings.Status),
  optional(
    container(Settings.Get, [
      integer(Settings.OofState),
      optional(dateTime(Settings.StartTime)),
      optional(dateTime(Settings.EndTime)),
      many(
        container(Settings.OofMessage, [...audienceFlags, text(Settings.Enabled), text(Settings.ReplyMessage), text(Settings.BodyType)]),
      ),
    ]),
  ),
])
type OofResponse = Encodable<typeof OofResponse>

/** MS-ASCMD 2.2.3.177.15, of Oof. */
const status = { success: 1, protocolError: 2, accessDenied: 3, unavailable: 4, invalid: 5, conflicting: 6 } as const

const elements = {
  internal: 'AppliesToInternal',
  known: 'AppliesToExternalKnown',
  unknown: 'AppliesToExternalUnknown',
} as const satisfies Record<Audience, keyof OofMessage>

/** What a Set says that cannot be done, with its Status. */
class Wrong extends Error {
  readonly status: number
  constructor(number: number) {
    super(`Status ${number}`)
    this.status = number
  }
}

/** Answers the property. */
export async function outOfOffice({ Get, Set }: OofRequest, call: Call): Promise<OofResponse> {
  if (Set !== undefined) return { Status: await said(Set, call) }
  if (Get === undefined) return { Status: status.protocolError }
  const { account, device, house } = call
  const isHtml = Get.BodyType?.trim().toLowerCase() === 'html'
  // A device that only checks credentials may be one that the rules keep out.
  const isLetIn = device.id !== validationDevice
  const { state, start, end, replies } = isLetIn ? await absenceOf(house.store, account.id, house.clock.now()) : noAbsence
  const shown = audiences.map((audience) => ({
    [elements[audience]]: true,
    ...shownReply(isOffered(audience, call) ? replies[audience] : null, isHtml),
  }))
  return {
    Status: status.success,
    Get: { OofState: state, ...(start === null || end === null ? {} : { StartTime: start, EndTime: end }), OofMessage: shown },
  }
}

/** MS-ASCMD 2.2.3.123: an audience that the administrator has switched off is told all the same, as one that is not answered. */
function shownReply(reply: AbsenceReply | null, isHtml: boolean) {
  const { type, text: words } = reply?.text ?? { type: 1, text: '' }
  return {
    Enabled: reply?.enabled === true ? '1' : '0',
    ReplyMessage:
      words === '' ? '' : isHtml ? (type === 2 ? words : document(wrapText(words))) : crlf(type === 2 ? htmlToText(words) : words),
    BodyType: isHtml ? 'HTML' : 'Text',
  }
}

/** Whether this audience is answered at all, as the configuration says. */
function isOffered(audience: Audience, { house: { outsideAnswers } }: Call): boolean {
  if (audience === 'internal') return true
  return outsideAnswers === 'everybody' || (outsideAnswers === 'contacts' && audience === 'known')
}

async function said(set: OofSet, call: Call): Promise<number> {
  const { account, device, house } = call
  // Nothing is kept of a device that only checks credentials: it would be a way past the rules for devices.
  if (device.id === validationDevice) return status.accessDenied
  try {
    await changeAbsence(house.store, account.id, changeOf(set, call), house.clock.now())
    return status.success
  } catch (thrown) {
    if (thrown instanceof Wrong) return thrown.status
    if (thrown instanceof AbsenceRefusal) return status.invalid
    if (thrown instanceof StoreFailure && thrown.reason === 'unavailable') return status.unavailable
    throw thrown
  }
}

function changeOf({ OofState, StartTime, EndTime, OofMessage }: OofSet, call: Call): AbsenceChange {
  // MS-ASCMD 2.2.3.61.2: both times or neither.
  if ((StartTime === undefined) !== (EndTime === undefined)) throw new Wrong(status.protocolError)
  const state = ([0, 1, 2] as const).find((each) => String(each) === OofState?.trim())
  // MS-ASCMD 2.2.3.124: it may be left out, by a phone that has a text to change and nothing else.
  if (state === undefined && OofState !== undefined) throw new Wrong(status.protocolError)
  const replies: Partial<Record<Audience, Partial<AbsenceReply>>> = {}
  for (const message of OofMessage) {
    const meant = audiences.filter((audience) => message[elements[audience]])
    if (meant.length === 0) throw new Wrong(status.protocolError)
    for (const audience of meant) {
      // MS-ASCMD 2.2.3.123: nobody says two things to one audience.
      if (replies[audience] !== undefined) throw new Wrong(status.conflicting)
      replies[audience] = isOffered(audience, call) ? replyOf(message) : {}
    }
  }
  return { state, start: StartTime, end: EndTime, replies }
}

function replyOf({ Enabled, ReplyMessage, BodyType = 'Text' }: OofMessage): Partial<AbsenceReply> {
  const enabled = Enabled?.trim()
  if (enabled !== undefined && !/^[01]$/.test(enabled)) throw new Wrong(status.protocolError)
  return {
    ...(enabled === undefined ? {} : { enabled: enabled === '1' }),
    ...(ReplyMessage === undefined ? {} : { text: { type: bodyType(BodyType), text: ReplyMessage } }),
  }
}

/** MS-ASCMD 2.2.3.17. */
function bodyType(text: string): RecordText['type'] {
  switch (text.trim().toLowerCase()) {
    case 'text':
      return 1
    case 'html':
      return 2
    default:
      throw new Wrong(status.protocolError)
  }
}
