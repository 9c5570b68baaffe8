// The properties of an item as its class rendered them, whatever the class: where their texts are, and what those weigh.
import { bodyBytes } from './classes/body.ts'

interface Content {
  readonly [name: string]: unknown
  readonly Data?: string | Uint8Array
}

/** What an answer tells of an item, by the names of its elements. */
export interface Shown {
  readonly [name: string]: unknown
  readonly Body?: Content
  readonly BodyPart?: Content
}

function isContent(value: unknown): value is Content | undefined {
  if (value === undefined) return true
  if (typeof value !== 'object' || value === null) return false
  return !('Data' in value) || value.Data === undefined || typeof value.Data === 'string' || value.Data instanceof Uint8Array
}

/** Whether a bound value is what a class renders: an object whose texts, where it has any, are texts. */
export function isShown(value: unknown): value is Shown {
  if (typeof value !== 'object' || value === null) return false
  return isContent('Body' in value ? value.Body : undefined) && isContent('BodyPart' in value ? value.BodyPart : undefined)
}

/** The bytes that the texts of an item bring into an answer. */
export function shownBytes({ Body: body, BodyPart: part }: Shown): number {
  return bodyBytes(body) + bodyBytes(part)
}
