// An answer that holds for a while: remembered, asked for anew before it ends, by one asker at a time.
import type { Clock } from '../../model/clock.ts'
import type { Instant } from '../../model/id.ts'

export interface Lasting {
  readonly from: Instant
  readonly until: Instant
}

export interface KeptOptions<Answer extends Lasting> {
  readonly clock: Clock
  /** How old an answer may be before another one is asked for, even where it holds for longer. */
  readonly refreshSeconds: number
  /** Asks for another one; `known` may be given back. */
  readonly learn: (known: Answer | null) => Promise<Answer>
  /** Whether whoever asks waits for the next one although the last still holds: where that takes no time. */
  readonly isNear: boolean
  /** Told of the first of several failures in a row. An answer that is over as it comes is one. */
  readonly failed: (error: unknown) => void
  /** Told each time what went wrong; null for nothing. */
  readonly asked: (error: unknown) => void
}

/** What is known, and whether it still holds. */
export type Known<Answer> = { readonly answer: Answer; readonly isCurrent: boolean } | { readonly answer: null; readonly isCurrent: false }

/** After a failure nobody waits for another one for so long. */
const retrySeconds = 60

export class Kept<Answer extends Lasting> {
  readonly #options: KeptOptions<Answer>
  #answer: Answer | null = null
  #dueAt: Instant = 0
  #hasFailed = false
  #underWay: Promise<void> | null = null

  constructor(options: KeptOptions<Answer>) {
    this.#options = options
  }

  /** Waits only where nothing that still holds is known, or for what is near. Never rejects. */
  async ask(): Promise<Known<Answer>> {
    const { clock, isNear } = this.#options
    if (clock.now() >= this.#dueAt) this.#underWay ??= this.#learn().finally(() => (this.#underWay = null))
    if ((isNear || !this.#isCurrent()) && this.#underWay !== null) await this.#underWay
    return this.#answer === null ? { answer: null, isCurrent: false } : { answer: this.#answer, isCurrent: this.#isCurrent() }
  }

  #isCurrent(): boolean {
    return this.#answer !== null && this.#options.clock.now() <= this.#answer.until
  }

  async #learn(): Promise<void> {
    const { clock, learn, refreshSeconds } = this.#options
    try {
      const answer = await learn(this.#answer)
      // Somebody between us and the source may play back an older one, from before a revocation.
      if (this.#answer === null || answer.from >= this.#answer.from) this.#answer = answer
      const now = clock.now()
      const half = (this.#answer.until - this.#answer.from) / 2
      this.#dueAt = now + Math.max(Math.min(refreshSeconds * 1000, half), Math.min(refreshSeconds, retrySeconds) * 1000)
      this.#note(now > this.#answer.until ? new Error(`what it says held until ${new Date(this.#answer.until).toISOString()}`) : null)
    } catch (error) {
      this.#dueAt = clock.now() + retrySeconds * 1000
      this.#note(error)
    }
  }

  #note(error: unknown): void {
    const { asked, failed } = this.#options
    asked(error)
    if (error !== null && !this.#hasFailed) failed(error)
    this.#hasFailed = error !== null
  }
}
