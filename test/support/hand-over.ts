// Runs with every file of tests: hands over the answers its phones saw.
import { afterAll } from 'vitest'
import { handOver } from './answers.ts'

afterAll(handOver)
