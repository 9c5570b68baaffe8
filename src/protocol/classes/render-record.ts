// A record rendered for an answer; whatever lies in it, an answer comes of it.
import type { Item } from '../../model/item.ts'
import { StoreFailure } from '../../store/failure.ts'
import type { Bound } from '../../wbxml/schema.ts'
import type { Call } from '../command.ts'
import type { Rendering } from './class.ts'

const subjectCharsMax = 256

/** What a placeholder shows of a subject: it may be what a client stumbled over. */
export function plainSubject(subject: string): string {
  return subject.slice(0, subjectCharsMax).toWellFormed()
}

/** The record as `render` tells it; as `placeholder` does where it was set aside, or cannot be rendered. */
export async function renderRecord(
  item: Item,
  { aside }: Rendering,
  call: Call,
  render: () => Bound | Promise<Bound>,
  placeholder: () => Bound,
): Promise<Bound> {
  if (aside) return placeholder()
  try {
    return await render()
  } catch (thrown) {
    // What the store cannot do is no fault of the record.
    if (thrown instanceof StoreFailure) throw thrown
    call.trace.note('placeholder', { item: item.id })
    // Not the error's words, which may quote the record.
    const kind = thrown instanceof Error ? thrown.name : typeof thrown
    call.house.log.error({ account: call.account.id, item: item.id, kind }, 'record could not be rendered')
    return placeholder()
  }
}
