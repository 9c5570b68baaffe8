// Who acts when the shell does: whoever may open the data folder of the server's user is an administrator.
import { userInfo } from 'node:os'
import type { Actor } from '../model/actor.ts'

/** `name` is what the shell says of who sits at it; by itself, the system's name of this process's user. */
export function shellActor(name: string = userName()): Actor {
  return { name: `shell: ${name}`, role: 'administrator', account: null, via: 'shell', address: null }
}

/** The system's name of this process's user; a container may have none. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}
