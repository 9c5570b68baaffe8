// Mail that the server itself writes to people: one plain text, from the postmaster, marked as automatic.
import { createHash } from 'node:crypto'
import { addHeaders } from '../format/header-out.ts'
import type { AccountId, Instant, SubmissionId } from '../model/id.ts'
import type { Outbox } from '../store/outbox.ts'
import type { Delivery } from './delivery.ts'
import { headerDate } from './header-date.ts'
import { assemble, textEntity } from './mime-writer.ts'

export interface Notice {
  readonly to: string
  readonly subject: string
  /** Lines end as they like. */
  readonly text: string
  /** What the notice is about: the same occasion is told once. */
  readonly occasion: string
}

const noticeBytesMax = 64 * 1024

const digest = (...parts: readonly string[]) => createHash('sha256').update(parts.join('\n')).digest('base64url')

/** The message of a notice. RFC 3834: nobody's absence answers it. */
export async function noticeMessage({ to, subject, text, occasion }: Notice, hostName: string, at: Instant): Promise<Uint8Array> {
  return addHeaders(await assemble(textEntity('plain', text), noticeBytesMax), [
    ['From', `Mail server <postmaster@${hostName}>`],
    ['To', to],
    ['Subject', subject],
    ['Date', headerDate(at)],
    ['Message-ID', `<${digest('notice', occasion, to)}@${hostName}>`],
    ['Auto-Submitted', 'auto-generated'],
    ['MIME-Version', '1.0'],
  ])
}

export interface Notices {
  /** To whoever has an account here at once, to others by the outbound queue. Never rejects: what goes wrong is in the log. */
  send(notices: readonly Notice[]): Promise<void>
}

/** The account of mail that nobody here wrote. */
const server = 'server' as AccountId

/** Sends through our own delivery and, for addresses elsewhere, the queue. */
export function createNotices(parts: {
  readonly delivery: Delivery
  readonly outbox: Outbox
  readonly kick: () => void
  readonly hostName: string
  readonly now: () => Instant
  readonly failed: (error: unknown) => void
}): Notices {
  const { delivery, outbox, kick, hostName, now, failed } = parts
  async function sendOne(notice: Notice): Promise<void> {
    const source = await noticeMessage(notice, hostName, now())
    const { known } = await delivery.sort([notice.to])
    if (known.length > 0) {
      await delivery.deliver(source, known, { returnPath: '', identity: digest(notice.occasion), received: null })
      return
    }
    const id = digest('notice', notice.occasion, notice.to) as SubmissionId
    await outbox.submit({ id, account: server, from: `postmaster@${hostName}`, recipients: [notice.to], source, at: now() })
    kick()
  }
  return {
    send: async (notices) => {
      for (const notice of notices) await sendOne(notice).catch(failed)
    },
  }
}
