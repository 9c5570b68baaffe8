// What a form asked for, tried: a refusal brings the form back with the sentence that explains it.
import { sentence } from '../action.ts'
import type { PageAnswer } from './route.ts'

/** `again` answers what is refused, in one sentence. Whatever else goes wrong is a defect, and is thrown. */
export async function trying(
  work: () => Promise<PageAnswer>,
  again: (refused: string) => PageAnswer | Promise<PageAnswer>,
): Promise<PageAnswer> {
  try {
    return await work()
  } catch (error) {
    const refused = sentence(error)
    if (refused === null) throw error
    return again(refused)
  }
}
