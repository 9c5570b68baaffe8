// The way an action takes: to the server that runs on the data folder, or, where none does, to the store itself.
import { setTimeout } from 'node:timers/promises'
import { actions, type ActionInput, type ActionName, type ActionOutput } from '../admin/actions.ts'
import type { Action, Progress } from '../admin/action.ts'
import { perform } from '../admin/perform.ts'
import { shellActor } from '../admin/shell-actor.ts'
import type { Config } from '../config.ts'
import { callServer } from '../control/client.ts'
import { FolderHeld } from '../control/lock.ts'
import type { Shell } from './shell.ts'
import { withStore } from './stopped.ts'

export interface Door {
  /** Performs an action. Rejects with a Refusal whose message is for the administrator. */
  perform<Name extends ActionName>(
    name: Name,
    input: ActionInput<Name>,
    progress?: (progress: Progress) => void,
  ): Promise<ActionOutput<Name>>
}

/** A server that is starting holds the folder before it listens; another shell holds it for the time of an action. */
const patienceSeconds = 15
const pauseSeconds = 0.1

/** The door of the configured data folder. */
export function openDoor(config: () => Config, shell: Shell): Door {
  return {
    async perform<Name extends ActionName>(
      name: Name,
      input: ActionInput<Name>,
      progress: (progress: Progress) => void = () => undefined,
    ): Promise<ActionOutput<Name>> {
      const { data } = config()
      const until = shell.clock.now() + patienceSeconds * 1000
      for (;;) {
        const called = await callServer(data, name, input, progress)
        if (called.kind === 'answered') return called.result
        try {
          return await here(name, input, progress)
        } catch (error) {
          if (!(error instanceof FolderHeld) || shell.clock.now() > until) throw error
          await setTimeout(pauseSeconds * 1000)
        }
      }
    },
  }

  /** The table pairs each name with its types; looking a union of names up loses the pairing, so it is told again here. */
  async function here<Name extends ActionName>(
    name: Name,
    input: ActionInput<Name>,
    progress: (progress: Progress) => void,
  ): Promise<ActionOutput<Name>> {
    const chosen: Action = actions[name]
    const result = await withStore({ config: config(), shell, mayMake: name === 'account.add' || name === 'admin.add' }, (house) =>
      perform(house, shellActor(), name, chosen, input, progress),
    )
    return result as ActionOutput<Name>
  }
}
