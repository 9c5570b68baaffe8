// The tests against real daemons (`npm run test:real`): each starts its own on random loopback ports, in a folder of its own.
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that wait for minutes, the longest first: begun last, they would keep everybody waiting. */
const patient = ['client-certificates', 'caddy', 'haproxy', 'apache', 'nginx', 'directory-outage']

class PatientFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = patient.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
      return place === -1 ? patient.length : place
    }
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}

export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    pool: 'threads',
    isolate: false,
    // Most of the time is spent waiting for a proxy's patience to run out, so files wait side by side.
    maxWorkers: 6,
    sequence: { sequencer: PatientFirst },
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
