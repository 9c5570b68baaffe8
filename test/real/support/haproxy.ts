// HAProxy in the foreground, for the tests of both of its recipes.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programPath, start, type Daemon } from './daemon.ts'

export function startHaproxy(folder: string, configuration: string): Daemon {
  writeFileSync(join(folder, 'haproxy.cfg'), configuration)
  return start(programPath('haproxy') ?? 'haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')])
}
