// The program `easel`: its commands put together, and how it ends.
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { sentence } from '../admin/action.ts'
import { ConfigError, loadConfig, type Config } from '../config.ts'
import { accessCommands } from './access.ts'
import { accountCommands } from './account.ts'
import { administratorCommands } from './administrator.ts'
import { appPasswordCommands } from './app-password.ts'
import { auditCommands } from './audit.ts'
import { backupCommands } from './backup.ts'
import { caCommands } from './ca.ts'
import { deviceCommands } from './device.ts'
import { doctorCommand } from './doctor/doctor.ts'
import { openDoor } from './door.ts'
import { mailCommands } from './mail.ts'
import { policyCommands } from './policy.ts'
import { profileCommand } from './profile.ts'
import { directoryCommands } from './directory.ts'
import { queueCommands } from './queue.ts'
import { recordCommands } from './records.ts'
import { Ended, type Shell } from './shell.ts'
import { tokenCommands } from './token.ts'
import { statusCommand } from './status.ts'
import { traceCommands } from './trace.ts'
import { wbxmlCommand } from './wbxml.ts'
import { wipeCommands } from './wipe.ts'

/** Runs the shell with these arguments; resolves with the exit code. */
export async function runCli(args: readonly string[], shell: Shell): Promise<number> {
  const program = new Command('easel')
    .description('administers an Easel server, whether it runs or not')
    .version(packageVersion())
    .option('--config <file>', 'the configuration file')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void shell.stdout.write(text), writeErr: (text) => void shell.stderr.write(text) })
  let loaded: Config | null = null
  const config = () =>
    (loaded ??= loadConfig({
      file: program.opts<{ config?: string }>().config ?? null,
      environment: shell.environment,
      directory: shell.directory,
    }))
  const door = openDoor(config, shell)
  statusCommand(program, shell, door)
  accountCommands(program, shell, door)
  appPasswordCommands(program, shell, door)
  deviceCommands(program, shell, door)
  wipeCommands(program, shell, door)
  accessCommands(program, shell, door)
  policyCommands(program, shell, door)
  mailCommands(program, shell, door)
  recordCommands(program, shell, door)
  directoryCommands(program, shell, door)
  queueCommands(program, shell, door)
  traceCommands(program, shell, door)
  administratorCommands(program, shell, door)
  tokenCommands(program, shell, door)
  caCommands(program, shell, door)
  auditCommands(program, shell, door)
  backupCommands(program, shell, door, config)
  profileCommand(program, shell, door, config)
  doctorCommand(program, shell, config)
  wbxmlCommand(program, shell)
  pointToHelp(program, 'easel')
  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    return exitCode(error, shell)
  }
}

/** Whoever mistypes a command is shown the way to its own help. */
function pointToHelp(command: Command, path: string): void {
  command.showHelpAfterError(`(${path} --help tells more)`)
  for (const below of command.commands) pointToHelp(below, `${path} ${below.name()}`)
}

function exitCode(error: unknown, shell: Shell): number {
  if (error instanceof Ended) return error.code
  // Commander has said what there was to say: help, the version, or what is wrong with the arguments.
  if (error instanceof CommanderError) return error.exitCode
  const expected = error instanceof ConfigError ? error.message : sentence(error)
  const defect = error instanceof Error ? (error.stack ?? error.message) : String(error)
  shell.stderr.write(`easel: ${expected ?? defect}\n`)
  return 1
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return version
}
