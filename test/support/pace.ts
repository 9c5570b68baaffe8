// How long something takes, on a machine that does other things as well.
import { expect } from 'vitest'

/** Fails if `run` takes `limit` milliseconds or more three times in a row: once can be the machine's pause, three times is the code. */
export async function expectWithin(limit: number, run: () => unknown, about?: string): Promise<void> {
  let took = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 3 && took >= limit; attempt++) {
    const began = performance.now()
    await run()
    took = performance.now() - began
  }
  expect(took, about).toBeLessThan(limit)
}
