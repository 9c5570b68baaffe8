// The other end of the control socket: calls an action of the server that runs on a data folder.
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import type { ActionInput, ActionName, ActionOutput } from '../admin/actions.ts'
import type { Progress } from '../admin/action.ts'
import { Refusal } from '../admin/house.ts'
import { userName } from '../admin/shell-actor.ts'
import { actionPath, controlMessage, personHeader } from './message.ts'
import { controlPath } from './path.ts'

/** What came of a call: `unreachable` where no server listens. */
export type Called<Output> = { readonly kind: 'answered'; readonly result: Output } | { readonly kind: 'unreachable' }

/** Calls an action. Rejects with a Refusal if the server refuses or stops in the middle. */
export async function callServer<Name extends ActionName>(
  dataFolder: string,
  name: Name,
  input: ActionInput<Name>,
  progress: (progress: Progress) => void,
): Promise<Called<ActionOutput<Name>>> {
  const call = request({
    socketPath: controlPath(dataFolder),
    path: actionPath(name),
    method: 'POST',
    agent: false,
    headers: { [personHeader]: userName() },
  })
  call.end(JSON.stringify(input))
  let response: IncomingMessage
  try {
    ;[response] = (await once(call, 'response')) as [IncomingMessage]
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    // Nobody listens: the file is not there, or was left behind by a server that was killed.
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return { kind: 'unreachable' }
    if (code === 'EACCES') throw new Refusal('The control socket belongs to the user Easel runs as: run this as that user, or as root.')
    throw error
  }
  if (response.statusCode !== 200) throw new Refusal(`The running server does not know ${name}: it is of another version.`)
  for await (const line of createInterface({ input: response })) {
    const message = controlMessage.parse(JSON.parse(line))
    if ('progress' in message) progress(message.progress)
    else if ('error' in message) throw new Refusal(message.error)
    // The server runs the action this type was read from; a stranger's socket is kept out by the folder's mode.
    else return { kind: 'answered', result: message.result as ActionOutput<Name> }
  }
  throw new Refusal('The server stopped before it was done.')
}
