// vCard 2.1 (read only), 3.0 (RFC 2426) and 4.0 (RFC 6350): cards to contacts, and back.
import { Buffer } from 'node:buffer'
import type { Contact } from '../model/contact.ts'
import { decodeText } from './charset.ts'
import { cardsIn } from './vcard/line.ts'
import { readCard, type ReadCard } from './vcard/read-card.ts'
import { cardLines } from './vcard/write-card.ts'
import { writeLine, type CardVersion } from './vcard/write-line.ts'

/** The text holds no card. The message says so in a sentence. */
export class CardFormatError extends Error {
  override readonly name = 'CardFormatError'
}

/**
 * The contacts that a text of cards describes, each with the bytes of its picture. What ActiveSync has no place for is kept in
 * `foreign`. A card that lost its end is read as far as it goes; lines that are none are passed over. Throws CardFormatError where
 * there is text and no card in it.
 */
export function readCards(text: string): readonly ReadCard[] {
  const cards = [...cardsIn(text)].map(readCard)
  if (cards.length === 0 && text.trim() !== '') throw new CardFormatError('This is no vCard: no line of it says BEGIN:VCARD.')
  return cards
}

/**
 * A contact as a card, with the lines ended by CRLF and folded. `source` holds its picture. Lines that were kept of the card it was
 * read from go out again, unless what they said was changed since.
 */
export function writeCard(contact: Contact, source: Uint8Array, version: CardVersion): string {
  const frame = (name: string, value: string) => writeLine({ name, parameters: [], value })
  const lines = cardLines(contact, source, version).map(writeLine)
  return [frame('BEGIN', 'VCARD'), frame('VERSION', version), ...lines, frame('END', 'VCARD')].join('')
}

/** The text of a file of cards: Unicode, or what Windows took for text when 2.1 was young. */
export function cardText(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return decodeText(bytes.subarray(2), 'utf-16le')
  if (first === 0xfe && second === 0xff) return decodeText(bytes.subarray(2), 'utf-16be')
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('utf8')
  return text.includes('\uFFFD') && !buffer.includes('\uFFFD') ? decodeText(bytes, 'windows-1252') : text
}
