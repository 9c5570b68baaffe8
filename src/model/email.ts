// A mail message as the server knows it: what was read once from its MIME source, and what its owner did with it since.
import type { Instant } from './id.ts'

/** A mailbox address as a header gives it. `name` may be empty; `address` holds no angle brackets. */
export interface Address {
  readonly name: string
  readonly address: string
}

/**
 * One node of a message's MIME structure. Offsets count bytes in the stored source, so that any part
 * can be read without parsing the rest again.
 */
export interface MimePart {
  /** As IMAP numbers parts: `'1'` for the only part of a message, else `'1'`, `'1.2'` …; a multipart at the root is `''`. */
  readonly path: string
  /** Lower-case `type/subtype`. */
  readonly type: string
  readonly charset: string | null
  /** `format=flowed; delsp=yes` and friends that matter for text. */
  readonly flowed?: 'flowed' | 'delsp'
  readonly disposition: 'inline' | 'attachment' | null
  /** Decoded file name, without path or control characters. */
  readonly name: string | null
  readonly contentId: string | null
  readonly contentLocation: string | null
  readonly encoding: 'identity' | 'base64' | 'quoted-printable' | 'uuencode'
  /** First byte of the part's headers. */
  readonly start: number
  /** First byte of the body. */
  readonly body: number
  /** One past the last byte of the body. */
  readonly end: number
  readonly parts: readonly MimePart[]
}

/** What is read from the MIME source when a message is stored; never changes afterwards. */
export interface Envelope {
  readonly subject: string
  readonly from: readonly Address[]
  readonly sender: readonly Address[]
  readonly replyTo: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  /** Of the Date header; null if there is none that can be read. */
  readonly date: Instant | null
  /** Without angle brackets; null if missing. */
  readonly messageId: string | null
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
  /** MS-ASEMAIL 2.2.2.38: 0 low, 1 normal, 2 high. */
  readonly importance: 0 | 1 | 2
  /** The subject without its Re:/Fwd: prefixes. */
  readonly threadTopic: string
  /** `Thread-Index` of the message if it carries one, base64. */
  readonly threadIndex: string | null
  /** `multipart/signed`, `application/pkcs7-mime` or neither: S/MIME is never truncated. */
  readonly smime: 'signed' | 'encrypted' | null
  /** Whether the message asks to be read as a meeting message, a report, or plain mail (MS-ASEMAIL 2.2.2.49 MessageClass). */
  readonly messageClass: string
  readonly structure: MimePart
  /** The first characters of the readable text, white space folded, at most 512: for previews, never for bodies. */
  readonly preview: string
  /** Set when the source could not be understood: shown to the administrator, and the phone gets a placeholder. */
  readonly broken?: string
}

/** MS-ASEMAIL 2.2.2.34: a flag, with the task fields a phone may send. Absent fields were not sent. */
export interface Flag {
  readonly status: 0 | 1 | 2
  readonly type?: string
  readonly subject?: string
  readonly completed?: Instant
  readonly dateCompleted?: Instant
  readonly start?: Instant
  readonly utcStart?: Instant
  readonly due?: Instant
  readonly utcDue?: Instant
  readonly reminderSet?: boolean
  readonly reminder?: Instant
  readonly ordinal?: Instant
  readonly subOrdinal?: string
}

/** MS-ASEMAIL 2.2.2.43: 1 replied, 2 replied to all, 3 forwarded. */
export interface LastVerb {
  readonly verb: 1 | 2 | 3
  readonly at: Instant
}

/**
 * What an invitation meant when it arrived (MS-ASEMAIL 2.2.2.47): a meeting nobody knew; another time; other words for the same time; what
 * something newer had overtaken on its way.
 */
export type MeetingUpdate = 'initial' | 'full' | 'informational' | 'outdated'

/** What the owner did with a message; each field merges on its own. */
export interface MailState {
  readonly read: boolean
  readonly flag: Flag | null
  readonly categories: readonly string[]
  readonly lastVerb: LastVerb | null
  /** In Drafts and not yet sent. */
  readonly draft: boolean
  /** Delivered because the owner stood in Bcc. */
  readonly receivedAsBcc: boolean
  /** Of an invitation that his calendar took note of. */
  readonly meetingUpdate?: MeetingUpdate
}

/** A message: everything but its source. */
export interface Email {
  readonly envelope: Envelope
  readonly state: MailState
  readonly received: Instant
  /** Size of the MIME source in bytes. */
  readonly bytes: number
  /** 16 bytes, hexadecimal: equal for the messages of one conversation. Null if the message belongs to none. */
  readonly conversation: string | null
}
