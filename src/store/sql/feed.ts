// Pages of a feed, cut from rows that were read in the order of their changes.
import type { Modseq } from '../../model/id.ts'
import type { Change, ChangePage } from '../mailbox.ts'

/**
 * The page of changes above `token` from rows ordered by modseq, one more than the limit. Its token moves only with what it
 * tells: changes of other folders give nobody a reason to write down a new position.
 */
export function changePage<Row extends { readonly modseq: Modseq }, Id extends string>(
  rows: readonly Row[],
  token: Modseq,
  limit: number,
  toChange: (row: Row) => Change<Id>,
): ChangePage<Id> {
  const changes = rows.slice(0, limit).map(toChange)
  return { changes, token: changes.at(-1)?.modseq ?? token, more: rows.length > limit }
}
