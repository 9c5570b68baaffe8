// Runs with every file of tests: hands over the answers its phones saw, and tells fast-check where to begin.
import fc from 'fast-check'
import { afterAll } from 'vitest'
import { handOver } from './answers.ts'
import { firstSeed } from './random.ts'

fc.configureGlobal({ seed: firstSeed })
afterAll(handOver)
