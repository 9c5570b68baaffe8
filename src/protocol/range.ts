// Ranges as clients write them, `m-n`: from 0, both ends included.

export interface Range {
  readonly from: number
  readonly to: number
}

/** Null where the text is no range. */
export function parseRange(text: string): Range | null {
  const match = /^\s*(\d{1,15})\s*-\s*(\d{1,15})\s*$/.exec(text)
  if (match === null) return null
  const range = { from: Number(match[1]), to: Number(match[2]) }
  return range.from <= range.to ? range : null
}

export function formatRange({ from, to }: Range): string {
  return `${from}-${to}`
}
