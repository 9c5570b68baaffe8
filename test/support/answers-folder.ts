// Around a run: the folder in which its workers put the answers that phones saw.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Each project of a run comes here; they share one folder. */
export function setup(): void {
  process.env['EASEL_TEST_ANSWERS'] ??= mkdtempSync(join(tmpdir(), 'easel-answers-'))
}

export function teardown(): void {
  rmSync(process.env['EASEL_TEST_ANSWERS'] ?? '', { recursive: true, force: true })
}
