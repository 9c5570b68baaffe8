// When somebody works, by the clock where he is.

export interface WorkingHours {
  /** 0 Sunday … 6 Saturday, ascending, each once; at least one. */
  readonly days: readonly number[]
  /** Minutes after midnight; `end` is above `start` and at most 1440. */
  readonly start: number
  readonly end: number
}
