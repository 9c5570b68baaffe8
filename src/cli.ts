// The administrator's shell: `easel`.
import { systemClock } from './model/clock.ts'
import { runCli } from './cli/program.ts'

// Whoever reads has seen enough (`easel audit list | head`): that is no trouble of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  process.stderr.write(`easel: The answer cannot be written: ${error.message}\n`)
  process.exit(1)
})

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  clock: systemClock,
  directory: process.cwd(),
})
