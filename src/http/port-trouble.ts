// A port that cannot be had, told to the administrator.
import { ConfigError } from '../config.ts'

/** What the system says of a port, as a sentence with a way out. */
export function portTrouble(setting: string, port: number, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  switch (error.code) {
    case 'EADDRINUSE':
      return new ConfigError(`Port ${port} is taken: stop whoever listens there, or set ${setting} to another one.`, { cause: error })
    case 'EACCES':
      return new ConfigError(`Port ${port} needs more rights than this user has: set ${setting} to one above 1023, or allow low ports.`, {
        cause: error,
      })
    case 'EADDRNOTAVAIL':
      return new ConfigError(`The address beside ${setting} is none of this machine.`, { cause: error })
    default:
      return error
  }
}
