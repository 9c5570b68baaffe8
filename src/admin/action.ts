// What an action is: a validated input, a result that is plain JSON, and perhaps progress on the way.
import { z } from 'zod'
import { DirectoryUnavailable } from '../directory/directory.ts'
import { StoreFailure, type StoreReason } from '../store/failure.ts'
import type { Role } from '../model/actor.ts'
import { Refusal, type Desk } from './house.ts'

/** How far a long action has come; `total` is null while nobody knows. */
export interface Progress {
  readonly done: number
  readonly total: number | null
}

export interface Action<Input extends z.ZodType = z.ZodType, Output = unknown> {
  readonly input: Input
  /** One sentence for the documentation of the interface. */
  readonly about: string
  /** Who may do it. The shell is an administrator. */
  readonly roles: readonly Role[]
  /** It names files of the server: only whoever has a shell on it may do that. */
  readonly shellOnly: boolean
  /** `write`: it changes something, or shows a secret, and stands in the audit log before it is done. */
  readonly kind: 'read' | 'write'
  /** What the audit log says it was done to. */
  readonly target: (input: z.output<Input>) => string | null
  readonly run: (house: Desk, input: z.output<Input>, progress: (progress: Progress) => void) => Promise<Output>
}

/** How an action is declared, apart from what it does. */
export interface Declaration<Input extends z.ZodType> {
  readonly input: Input
  readonly about: string
  readonly roles: readonly Role[]
  readonly target?: (input: z.output<Input>) => string | null
  readonly shellOnly?: true
}

/** Everybody who works at the console. */
export const staff: readonly Role[] = ['administrator', 'helpdesk', 'auditor']
export const helpers: readonly Role[] = ['administrator', 'helpdesk']
export const administrators: readonly Role[] = ['administrator']

/** Declares an action that changes nothing; the types of its input and output come from the declaration. */
export function reading<Input extends z.ZodType, Output>(
  { target = () => null, shellOnly, ...declaration }: Declaration<Input>,
  run: Action<Input, Output>['run'],
): Action<Input, Output> {
  return { ...declaration, target, shellOnly: shellOnly ?? false, kind: 'read', run }
}

/** Declares an action that changes something. */
export function writing<Input extends z.ZodType, Output>(
  { target = () => null, shellOnly, ...declaration }: Declaration<Input>,
  run: Action<Input, Output>['run'],
): Action<Input, Output> {
  return { ...declaration, target, shellOnly: shellOnly ?? false, kind: 'write', run }
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
  if (thrown instanceof DirectoryUnavailable) return `${thrown.message.charAt(0).toUpperCase()}${thrown.message.slice(1)}.`
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
    case 'EISDIR':
      return `${what} is a folder.`
    case 'ENOSPC':
      return 'There is no space left on the disk.'
    default:
      return `${what}: ${error.message}`
  }
}
