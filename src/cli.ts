// The administrator's shell: `easel`.
import { systemClock } from './model/clock.ts'
import { runCli } from './cli/program.ts'

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  clock: systemClock,
  directory: process.cwd(),
})
