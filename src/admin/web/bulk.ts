// Changing many devices at once: chosen in the list, confirmed on a page that names each, done one after the other.
import { helpers, sentence } from '../action.ts'
import type { DeviceView } from '../device-view.ts'
import { accessBadge } from './badge.ts'
import { button, hidden, linkButton, postForm } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { devicePath } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { table } from './table.ts'

/** Each is an action with an entry in the audit log: more of them at a time is work for the command line. */
const chosenMax = 500

const acts = {
  allow: {
    action: 'device.allow',
    words: 'Allow',
    done: 'allowed',
    means: 'They may come in whatever the rules say. It also releases devices from quarantine and after a wipe.',
  },
  block: {
    action: 'device.block',
    words: 'Block',
    done: 'blocked',
    means: 'They are kept out whatever the rules say, from their next request on.',
  },
  quarantine: {
    action: 'device.quarantine',
    words: 'Quarantine',
    done: 'put in quarantine',
    means: 'Each gets one message that explains it, and nothing else, until somebody allows it.',
  },
  judge: {
    action: 'device.judge',
    words: 'Let the rules decide',
    done: 'left to the rules',
    means: 'What somebody decided for each of them is taken back. The access rules decide at their next request.',
  },
} as const
type Act = keyof typeof acts

const isAct = (text: string): text is Act => Object.hasOwn(acts, text)

/** Names a device of an account in one value of a form. */
export function deviceKey({ account, id }: Pick<DeviceView, 'account' | 'id'>): string {
  return `${account}/${id}`
}

function choiceOf(key: string): { account: string; device: string } {
  // An id has no slash in it; an address may.
  const at = key.lastIndexOf('/')
  return { account: key.slice(0, at), device: key.slice(at + 1) }
}

/** Stand below a list with boxes named `device`. */
export function bulkButtons(): Html {
  return html`<div class="buttons bulkbar">
    <span class="soft">With the chosen phones:</span>
    ${Object.entries(acts).map(([act, { words }]) => button(`${words} …`, { name: 'act', value: act }))}
  </div>`
}

async function confirm(request: PageRequest, act: Act, keys: readonly string[]): Promise<PageAnswer> {
  const wanted = new Set(keys)
  const devices = (await request.perform('device.list', {})).filter((device) => wanted.has(deviceKey(device)))
  const { words, means } = acts[act]
  const list = table({
    caption: 'The devices you chose',
    shown: true,
    rows: devices,
    empty: 'None of these devices is there any more.',
    columns: [
      {
        title: 'Device',
        kind: 'name',
        cell: (device) => html`<a class="clip" href="${devicePath(device)}"><bdi>${device.name}</bdi></a>`,
      },
      { title: 'Account', cell: ({ account }) => html`<bdi>${account}</bdi>` },
      { title: 'Access now', cell: ({ access }) => accessBadge(access) },
    ],
  })
  const count = `${devices.length} ${devices.length === 1 ? 'device' : 'devices'}`
  const form = postForm('/bulk/done', request.csrf, [
    hidden('act', act),
    devices.map((device) => hidden('device', deviceKey(device))),
    html`<div class="buttons">
      ${devices.length > 0 && button(`${words}: ${count}`, { tone: act === 'block' ? 'final' : 'first' })}
      ${linkButton('/devices', 'Go back')}
    </div>`,
  ])
  return page(request, { title: `${words}: ${count}?`, current: '/devices', body: [html`<p>${means}</p>`, form, list] })
}

async function carryOut({ perform }: PageRequest, act: Act, keys: readonly string[]): Promise<PageAnswer> {
  const { action, done } = acts[act]
  const refused: string[] = []
  for (const key of keys) {
    try {
      await perform(action, choiceOf(key))
    } catch (error) {
      const why = sentence(error)
      if (why === null) throw error
      refused.push(why)
    }
  }
  const changed = keys.length - refused.length
  const said = `${changed} ${changed === 1 ? 'device was' : 'devices were'} ${done}.`
  return { kind: 'redirect', to: '/devices', said: refused.length === 0 ? said : `${said} ${refused.length} were not: ${refused[0] ?? ''}` }
}

function route(path: string, answer: (request: PageRequest, act: Act, keys: readonly string[]) => Promise<PageAnswer>): PageRoute {
  return {
    method: 'POST',
    path,
    roles: helpers,
    handle: async (request) => {
      const keys = [...new Set(request.form?.getAll('device'))]
      const act = request.form?.get('act') ?? ''
      if (!isAct(act) || keys.length === 0) return { kind: 'redirect', to: '/devices', said: 'No device was chosen: tick some first.' }
      if (keys.length > chosenMax) return { kind: 'redirect', to: '/devices', said: `Choose at most ${chosenMax} devices at a time.` }
      return answer(request, act, keys)
    },
  }
}

export const bulkRoutes: readonly PageRoute[] = [route('/bulk', confirm), route('/bulk/done', carryOut)]
