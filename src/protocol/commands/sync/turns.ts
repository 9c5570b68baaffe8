// Which turns of which circles a Sync takes: a phone that gets on takes none.
import type { Call } from '../../command.ts'
import type { FailureName } from '../../error.ts'
import { initialKey } from '../../../model/id.ts'
import type { Turn } from '../../../sync/circle.ts'
import type { CollectionPlan, SyncPlan } from './request.ts'
import type { ResponseCollection } from './schema.ts'

/** Enough of a list of folders to tell one request from another. */
const foldersNamed = 8

/** A request that brings nothing, by the folders it asks for. */
function nothingOf({ collections }: SyncPlan): Turn {
  const [only] = collections
  if (only !== undefined && collections.length === 1) return { circle: 'nothing', subject: only.folder }
  const named = collections.slice(0, foldersNamed).map(({ folder }) => folder)
  return { circle: 'nothing', subject: `${collections.length} ${named.join(' ')}` }
}

/** The turns a request may be about to take: whoever went on in one of them for too long is not served. */
export function turnsAhead(planned: SyncPlan): Turn[] {
  const each = ({ key, folder }: CollectionPlan): Turn => ({ circle: key === initialKey ? 'fresh' : 'repeat', subject: folder })
  return [nothingOf(planned), ...planned.collections.map(each)]
}

/** Adds the turn of a request that was answered at once and brought nothing. One that brought something makes good for another. */
export function noteOutcome(planned: SyncPlan, answers: readonly ResponseCollection[], call: Call, turns: Turn[]): void {
  const turn = nothingOf(planned)
  if (answers.some(({ Status }) => Status === 1)) call.house.pace.refund(call.account.id, call.device.id, turn)
  else turns.push(turn)
}

/** What is our own fault starts no alarm about a phone. */
const ours: ReadonlySet<FailureName> = new Set<FailureName>([
  'ServerError',
  'ServerErrorRetryLater',
  'CommandServerError',
  'MailboxQuotaExceeded',
  'Retry',
])

/** The turn of a request that was refused as a whole. */
export function turnsOfFailure(failure: FailureName): Turn[] {
  return ours.has(failure) ? [] : [{ circle: 'nothing', subject: failure }]
}
