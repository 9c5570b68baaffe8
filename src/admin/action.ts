// What an action is: a validated input, a result that is plain JSON, and perhaps progress on the way.
import { z } from 'zod'
import { StoreFailure, type StoreReason } from '../store/failure.ts'
import { Refusal, type AdminHouse } from './house.ts'

/** How far a long action has come; `total` is null while nobody knows. */
export interface Progress {
  readonly done: number
  readonly total: number | null
}

export interface Action<Input extends z.ZodType = z.ZodType, Output = unknown> {
  readonly input: Input
  readonly run: (house: AdminHouse, input: z.output<Input>, progress: (progress: Progress) => void) => Promise<Output>
}

/** Declares an action; the types of its input and output come from the declaration. */
export function action<Input extends z.ZodType, Output>(input: Input, run: Action<Input, Output>['run']): Action<Input, Output> {
  return { input, run }
}

const refusals: Readonly<Record<StoreReason, string>> = {
  'item-not-found': 'It is not there (any more).',
  'folder-not-found': 'There is no such folder.',
  conflict: 'Somebody else changed it at the same time; try again.',
  'name-taken': 'That name is taken.',
  'default-folder': 'A default folder cannot be changed.',
  'folder-cycle': 'A folder cannot be moved into itself.',
  full: 'There is no space left; nothing was changed.',
  'account-not-found': 'There is no such account.',
  'address-taken': 'That address belongs to an account already.',
  'not-embedded':
    'A PostgreSQL database is backed up with its own tools (pg_dump); once restored, `easel restore` without a path begins anew.',
  unavailable: 'The database does not answer; try again.',
}

/** The sentence for an expected failure; null for a defect of ours, which keeps its stack. */
export function sentence(thrown: unknown): string | null {
  if (thrown instanceof Refusal) return thrown.message
  if (thrown instanceof StoreFailure) return refusals[thrown.reason]
  if (thrown instanceof z.ZodError) {
    return thrown.issues.map((issue) => `${issue.path.length === 0 ? 'input' : issue.path.join('.')}: ${issue.message}`).join('; ')
  }
  if (thrown instanceof Error && 'code' in thrown && 'syscall' in thrown) return fileSentence(thrown)
  return null
}

function fileSentence(error: Error & { code?: unknown; path?: unknown }): string {
  const what = typeof error.path === 'string' ? error.path : 'A file'
  switch (error.code) {
    case 'ENOENT':
      return `${what} does not exist.`
    case 'EACCES':
    case 'EPERM':
      return `${what} may not be opened by the user Easel runs as.`
    case 'EEXIST':
      return `${what} exists already.`
    case 'ENOSPC':
      return 'There is no space left on the disk.'
    default:
      return `${what}: ${error.message}`
  }
}
