// The budgets of guesses in tests, as generous as a test wants them.
import { Budgets, type GuessLimits } from '../../src/auth/budgets.ts'
import { SprayWatch } from '../../src/auth/spraying.ts'
import type { Clock } from '../../src/model/clock.ts'

/** What is left out hardly limits anybody. */
export function budgetsOf(clock: Clock, limits: Partial<GuessLimits> = {}): Budgets {
  const most = 1000
  const watch = new SprayWatch({ clock, accountsPerNetwork: most, accountsPerPassword: most, told: () => undefined })
  const free = { failuresPerAddress: most, failuresPerNetwork: most, failuresPerAccount: most, accountsPerPassword: most }
  return new Budgets(clock, { ...free, delaySecondsMax: 900, ...limits }, watch)
}
