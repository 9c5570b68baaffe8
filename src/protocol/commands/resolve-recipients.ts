// ResolveRecipients (MS-ASCMD 2.2.1.15): who is meant, with certificates, pictures and when they are free.
import type { Call } from '../command.ts'
import { command, reply } from '../define.ts'
import { Failure } from '../error.ts'
import { askEach, checkAllowance, peopleMax } from '../people.ts'
import { Album } from '../pictures.ts'
import { Appointments, checkSpan } from './resolve-recipients/availability.ts'
import { Keyring } from './resolve-recipients/keyring.ts'
import { contactPhoto } from './resolve-recipients/contact-belongings.ts'
import { matchesOf, type Match, type Matches } from './resolve-recipients/matches.ts'
import { ResolveRecipientsRequest, ResolveRecipientsResponse } from './resolve-recipients/schema.ts'
import type { Recipient, ResolveOptions, Response } from './resolve-recipients/schema.ts'

/** MS-ASCMD 3.1.5.10: Status 5 beyond it. */
const recipientsMax = 100
/** MS-ASCMD 2.2.3.183. */
const charactersMax = 256

/** MS-ASCMD 2.2.3.177.12, of a Response. */
const status = { resolved: 1, ambiguous: 2, partly: 3, nobody: 4 } as const

export const resolveRecipients = command({
  name: 'ResolveRecipients',
  request: ResolveRecipientsRequest,
  response: ResolveRecipientsResponse,
  // MS-ASCMD 2.2.3.177.12: 6 asks the phone to try again.
  statuses: { ProtocolError: 5, CommandServerError: 6, CannotConnect: 6, TimedOut: 6 },
  failed: (number) => ({ Status: number }),
  run: async (request, call) => {
    const { To: recipients = [], Options: options = {} } = request ?? {}
    if (recipients.length === 0) throw new Failure('ProtocolError', 'no recipient')
    if (recipients.length > recipientsMax) throw new Failure('ProtocolError', `${recipients.length} recipients`)
    if (recipients.some((recipient) => recipient.length > charactersMax)) throw new Failure('ProtocolError', 'an endless recipient')
    checkSpan(options.Availability)
    checkAllowance(call)
    const keyring = new Keyring(options, call)
    const album = new Album(options.Picture, call)
    const appointments = new Appointments(options.Availability, call)
    const responses: Response[] = []
    // One after the other: the limits of the answer hold for all, and a request of a hundred asks the directory one question at a time.
    for (const to of recipients) responses.push(await respond(to, options, { keyring, album, appointments, call }))
    return reply({ Status: 1, Response: responses })
  },
})

interface Answering {
  readonly keyring: Keyring
  readonly album: Album
  readonly appointments: Appointments
  readonly call: Call
}

async function respond(to: string, options: ResolveOptions, answering: Answering): Promise<Response> {
  const matches = await matchesOf(to, options.MaxAmbiguousRecipients ?? peopleMax, answering.call)
  return {
    To: to,
    Status: statusOf(matches),
    // MS-ASCMD 2.2.3.100: those that were left out are counted.
    RecipientCount: matches.total,
    Recipient: await recipientsOf(matches, answering),
  }
}

function statusOf({ kind, shown, total }: Matches): number {
  switch (kind) {
    case 'nobody':
      return status.nobody
    case 'one':
      return status.resolved
    case 'suggestions':
      return shown.length < total ? status.partly : status.ambiguous
  }
}

async function photosOf(shown: readonly Match[], call: Call): Promise<readonly (Uint8Array | null)[]> {
  const mailbox = await call.house.store.mailbox(call.account.id)
  return askEach(call, shown, (book, { entry, contact }) => (contact === null ? book.photo(entry.id) : contactPhoto(contact, mailbox)))
}

/** MS-ASCMD 2.2.3.183 and 2.2.3.177.12: certificates and free times only of whoever is certain, pictures of all. */
async function recipientsOf({ kind, shown }: Matches, { keyring, album, appointments, call }: Answering): Promise<Recipient[]> {
  const pictures = await album.show(() => photosOf(shown, call))
  const recipients: Recipient[] = []
  for (const [index, match] of shown.entries()) {
    const isCertain = kind === 'one'
    recipients.push({
      Type: match.type,
      DisplayName: match.entry.displayName,
      EmailAddress: match.address,
      Availability: isCertain ? await appointments.of(match) : undefined,
      Certificates: isCertain ? await keyring.of(match) : undefined,
      Picture: pictures[index],
    })
  }
  return recipients
}
