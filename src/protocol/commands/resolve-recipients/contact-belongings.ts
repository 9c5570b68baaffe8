// What a contact has of its own: its picture, and the certificates that came with its card.
import { Buffer } from 'node:buffer'
import { X509Certificate } from 'node:crypto'
import type { Item } from '../../../model/item.ts'
import { recordOf } from '../../../model/item.ts'
import type { Mailbox } from '../../../store/mailbox.ts'

/** Keys of one contact that are looked at. */
const keysMax = 20

/** The bytes of a contact's picture; null where there is none. */
export async function contactPhoto(item: Item, mailbox: Mailbox): Promise<Uint8Array | null> {
  const { picture } = recordOf(item, 'Contacts')
  if (picture === null) return null
  return (await (await mailbox.source(item.id))?.read(picture.start, picture.end)) ?? null
}

function certificateOf(value: unknown): readonly X509Certificate[] {
  const base64 = typeof value === 'string' ? /^data:[^,]*;base64,(.*)$/s.exec(value)?.[1] : undefined
  if (base64 === undefined) return []
  try {
    return [new X509Certificate(Buffer.from(base64, 'base64'))]
  } catch {
    // A key of another kind, or none at all.
    return []
  }
}

/** The certificates that the KEY properties of a contact's card hold (RFC 6350 6.8.1), DER, those that are valid longest first. */
export function contactCertificates(item: Item): readonly Uint8Array[] {
  const properties = recordOf(item, 'Contacts').foreign?.properties ?? []
  return properties
    .filter(([name]) => name === 'key')
    .slice(0, keysMax)
    .flatMap(([, , , value]) => certificateOf(value))
    .toSorted((one, other) => other.validToDate.getTime() - one.validToDate.getTime())
    .map(({ raw }) => raw)
}
