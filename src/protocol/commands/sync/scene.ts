// The scene of one collection's service: who asks, for what, under which rules, with how much room.
import type { Folder } from '../../../model/folder.ts'
import type { ItemClassRules } from '../../classes/class.ts'
import type { Turn } from '../../../sync/circle.ts'
import type { Call } from '../../command.ts'
import type { CollectionPlan } from './request.ts'

/** What is left of the whole answer's window and budget; lowered collection by collection. */
export interface Remaining {
  items: number
  bytes: number
  readonly deadline: number
}

export interface Scene {
  readonly call: Call
  readonly plan: CollectionPlan
  readonly folder: Folder
  readonly rules: ItemClassRules
  readonly remaining: Remaining
  /** In what circles this request goes; collected here, and looked at once it is served. */
  readonly turns: Turn[]
}
