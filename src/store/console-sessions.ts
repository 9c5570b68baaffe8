// The console sessions port: who is logged in, by the hash of what the cookie holds.
import type { Instant, Subject } from '../model/id.ts'

export interface ConsoleSession {
  readonly id: string
  readonly subject: Subject
  /** Where it is good: at the administrators' listener, or on the users' own page. */
  readonly face: 'console' | 'user'
  /** `code`: the password was right, and a one-time password is still owed. */
  readonly stage: 'code' | 'open'
  /** What the person was when it began; it ends when he is something else. */
  readonly stamp: string
  /** A sentence for the next page. */
  readonly said: string | null
  readonly createdAt: Instant
  readonly usedAt: Instant
}

export interface ConsoleSessions {
  /** Adds one; of those of this person and stage only the newest `most` stay. */
  add(session: ConsoleSession, most: number): Promise<void>
  find(id: string): Promise<ConsoleSession | null>
  touch(id: string, at: Instant): Promise<void>
  say(id: string, said: string | null): Promise<void>
  /** False if there was none. */
  remove(id: string): Promise<boolean>
  /** Removes all of a person. */
  removeOf(subject: Subject): Promise<void>
}
