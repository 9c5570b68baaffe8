// Dice with a seed, so that a life that went wrong can be lived again.

/** Where random tests begin: by itself somewhere else every time. What fails says its seed. */
export const firstSeed = Number(process.env['EASEL_SEED'] ?? Date.now() % 1_000_000)

export interface Dice {
  /** In [0, 1). */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  chance(share: number): boolean
  /** One of these; throws where there are none. */
  pick<T>(of: readonly T[]): T
}

/** A small generator (mulberry32): good enough to wander, and the same everywhere. */
export function dice(seed: number): Dice {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between,
    chance: (share) => next() < share,
    pick: (of) => {
      const one = of[between(0, of.length - 1)]
      if (one === undefined) throw new Error('nothing to pick from')
      return one
    },
  }
}
