// The tests against real daemons (`npm run test:real`): each starts its own on random loopback ports, in a folder of its own.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    pool: 'threads',
    isolate: false,
    // Most of the time is spent waiting for a proxy's patience to run out, so files wait side by side.
    maxWorkers: 6,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
