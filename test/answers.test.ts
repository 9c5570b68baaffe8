// The last file of a run: every answer that any phone saw in the files before it is what the schemas say it is.
import { expect, it } from 'vitest'
import { collected } from './support/answers.ts'
import { hasReference } from './support/reference.ts'
import { invalid } from './support/validate.ts'

const answers = collected()
const required = process.env['CI'] === 'true'

it.skipIf(!required && (!hasReference || answers.length === 0))(
  'every answer that phones saw in this run is valid',
  { timeout: 300_000 },
  async () => {
    expect(hasReference, 'EASEL_REFERENCE names the folder with the schemas').toBe(true)
    expect(answers.length, 'this file runs after those with phones').toBeGreaterThan(0)
    expect(await invalid(answers)).toEqual([])
  },
)
