// One process, threads, no isolation: the suite shares its module graph and starts fast.
import { defineConfig } from 'vitest/config'

// It looks at what all the others brought about.
const last = 'test/answers.test.ts'

export default defineConfig({
  test: {
    pool: 'threads',
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/answers-folder.ts'],
    setupFiles: ['test/support/each-file.ts'],
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: ['test/real/**', last] } },
      { extends: true, test: { name: 'last', include: [last], sequence: { groupOrder: 1 } } },
    ],
  },
})
