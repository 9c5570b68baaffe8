// Turns a MIME source into what the store keeps of it: everything a phone asks for later is read here, once.
import { conversationOf, readEnvelope, searchText } from '../format/envelope.ts'
import type { Instant } from '../model/id.ts'
import type { EmailDraft } from '../store/mailbox.ts'

export interface DraftState {
  readonly received: Instant
  readonly read: boolean
  /** In Drafts and not yet sent. */
  readonly draft?: boolean
  /** The owner stands in none of the visible recipients. */
  readonly receivedAsBcc?: boolean
  /** Where the same message was read before, its text for the search. */
  readonly searchText?: string
}

/** Reads a message for the store. Never throws: a source nobody can read becomes an envelope with `broken`. */
export function emailDraft(source: Uint8Array, state: DraftState): EmailDraft {
  const envelope = readEnvelope(source)
  return {
    class: 'Email',
    source,
    envelope,
    received: state.received,
    conversation: conversationOf(envelope),
    searchText: state.searchText ?? searchText(source, envelope),
    state: {
      read: state.read,
      flag: null,
      categories: [],
      lastVerb: null,
      draft: state.draft ?? false,
      receivedAsBcc: state.receivedAsBcc ?? false,
    },
  }
}
