// The options by which a collection is served: those of the request, else those that are remembered, and what there was before.
import type { BodyPreference, CollectionOptions } from '../../../model/collection.ts'
import type { CollectionRecord } from '../../../store/sync-state.ts'
import type { CollectionPlan } from './request.ts'

/** More changes of mind than any phone has within one generation of a collection. */
const formerMax = 8

/** What cut the texts of items that the device may hold still, latest last. */
function formerOf({ bodyPreferences, formerly = [] }: CollectionOptions, asked: CollectionOptions): readonly BodyPreference[] {
  const now = new Set(asked.bodyPreferences.map((one) => JSON.stringify(one)))
  const cutting = [...formerly, ...bodyPreferences].filter(({ truncationSize }) => truncationSize !== null)
  const former = new Map(cutting.map((one) => [JSON.stringify(one), one]))
  return [...former]
    .filter(([text]) => !now.has(text))
    .map(([, one]) => one)
    .slice(-formerMax)
}

/** The options in force, and which of them are new. */
export function optionsInForce(
  { options: stored }: CollectionRecord,
  { options: asked }: CollectionPlan,
): { options: CollectionOptions; changed: CollectionOptions | undefined } {
  const { formerly: _, ...remembered } = stored
  if (asked === null || JSON.stringify(asked) === JSON.stringify(remembered)) return { options: stored, changed: undefined }
  const former = formerOf(stored, asked)
  const options = former.length === 0 ? asked : { ...asked, formerly: former }
  return { options, changed: options }
}
