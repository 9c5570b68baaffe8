// Where the control socket of a data folder lies.
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { Refusal } from '../admin/house.ts'

/** sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing NUL included. */
const pathBytesMax = 103

/** Throws a Refusal if the data folder's path leaves no room for a UNIX socket. */
export function controlPath(dataFolder: string): string {
  const folder = resolve(dataFolder)
  // Windows knows named pipes only; they stand outside the file system, so the folder's name is folded into theirs.
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\easel-${createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 32)}`
  const path = join(folder, 'control.sock')
  if (Buffer.byteLength(path) > pathBytesMax) {
    throw new Refusal(`The data folder's path is too long for a control socket: ${path} has more than ${pathBytesMax} bytes.`)
  }
  return path
}
