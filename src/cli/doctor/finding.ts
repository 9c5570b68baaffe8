// What an examination found: one line with a mark, and what to do about it.

export interface Finding {
  readonly subject: string
  readonly outcome: 'good' | 'warning' | 'bad' | 'skipped'
  /** A sentence; says what to do where something is amiss. */
  readonly sentence: string
}

const finding =
  (outcome: Finding['outcome']) =>
  (subject: string, sentence: string): Finding => ({ subject, outcome, sentence })

export const good = finding('good')
export const warning = finding('warning')
export const bad = finding('bad')
export const skipped = finding('skipped')
