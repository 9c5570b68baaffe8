// The Options by which ItemOperations, Search and their kin say what of an item they want, in the terms of a collection's options.
import { defaultOptions, type BodyPreference, type CollectionOptions } from '../model/collection.ts'
import type { Infer } from '../wbxml/schema.ts'
import type { BodyPartPreference as BodyPartSchema, BodyPreference as BodySchema } from './commands/sync/schema.ts'
import { Failure } from './error.ts'

type BodyElement = Infer<typeof BodySchema>
type BodyPartElement = Infer<typeof BodyPartSchema>

function preference(type: BodyPreference['type'], element: BodyElement | BodyPartElement): BodyPreference {
  return {
    type,
    truncationSize: element.TruncationSize ?? null,
    allOrNone: element.AllOrNone ?? false,
    preview: element.Preview ?? null,
  }
}

/** MS-ASAIRS 2.2.2.12: one preference per Type. Throws ProtocolError. */
export function bodyPreferences(elements: readonly BodyElement[]): BodyPreference[] {
  const list = elements.map((element) => preference(element.Type, element))
  if (new Set(list.map((one) => one.type)).size !== list.length) throw new Failure('ProtocolError', 'two BodyPreferences of one Type')
  return list
}

/** MS-ASAIRS 2.2.2.11: only HTML exists as a part of a body. Throws BodyPartPreferenceTypeNotSupported. */
export function bodyPartPreference(elements: readonly BodyPartElement[]): BodyPreference | null {
  const [element] = elements
  if (element === undefined) return null
  if (element.Type !== 2) throw new Failure('BodyPartPreferenceTypeNotSupported', `a body part of Type ${element.Type}`)
  return preference(2, element)
}

/** What an Options element of a command that fetches says. */
export interface ContentElements {
  readonly MIMESupport?: number | undefined
  readonly BodyPreference: readonly BodyElement[]
  readonly BodyPartPreference?: readonly BodyPartElement[] | undefined
}

/** Throws as bodyPreferences and bodyPartPreference do. */
export function contentOptions(elements: ContentElements | null): CollectionOptions {
  if (elements === null) return defaultOptions
  const { MIMESupport, BodyPreference, BodyPartPreference } = elements
  return {
    ...defaultOptions,
    mimeSupport: MIMESupport === 1 ? 1 : MIMESupport === 2 ? 2 : 0,
    bodyPreferences: bodyPreferences(BodyPreference),
    bodyPart: bodyPartPreference(BodyPartPreference ?? []),
  }
}
