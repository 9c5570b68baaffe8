// The form that asks for a wipe, for the administrator and for the phone's owner: what it says will happen, and the typed name.
import type { DeviceView } from '../device-view.ts'
import { button, linkButton, postForm, textField } from './field.ts'
import { html, type Html, type Part } from './html.ts'

export type Scope = 'account' | 'device'

export interface WipeForm {
  readonly device: DeviceView
  /** Where it is sent, and where "go back" leads. */
  readonly action: string
  readonly back: string
  readonly csrf: string
  /** Whether the whole phone may be wiped. */
  readonly mayWipeAll: boolean
  /** Whether a second administrator has to agree to the wipe of a whole phone. */
  readonly needsApproval: boolean
  /** Why the last try was refused, and what was chosen in it. */
  readonly refused?: string | undefined
  readonly chosen?: Scope | undefined
  /** Where the phone gets a name that is easier to type. */
  readonly renamePath: string
}

const meaning: Readonly<Record<Scope, readonly string[]>> = {
  account: [
    'The phone removes this account: its mail, calendar, contacts, tasks and notes.',
    'Photos, apps and everything else stay on the phone.',
  ],
  device: [
    'The phone is reset to how it left the factory. Photos, apps and private data are erased too.',
    'Nobody can bring them back from here. Some mail programs erase only their own data.',
  ],
}

const afterwards: readonly string[] = [
  'It happens when the phone next connects. A phone that is off, or offline, keeps everything until then.',
  'Until the phone has been told, the wipe can be taken back. Afterwards it cannot.',
  'The owner gets a mail about it. Once wiped, the phone stays blocked until somebody allows it again.',
]

const scopeTitles: Readonly<Record<Scope, string>> = { account: 'Only the account', device: 'The whole phone' }

function choice(scope: Scope, chosen: Scope, available: boolean, note: Part): Html {
  const id = `scope-${scope}`
  return html`<div class="choice ${!available && 'off'}">
    <input
      type="radio"
      id="${id}"
      name="scope"
      value="${scope}"
      aria-describedby="${id}-says"
      ${available ? scope === chosen && html`checked` : html`disabled`}
    />
    <label for="${id}">${scopeTitles[scope]}</label>
    <div id="${id}-says">${meaning[scope].map((sentence) => html`<p>${sentence}</p>`)} ${note}</div>
  </div>`
}

/** The account alone stands first, and is chosen wherever the phone knows the word for it. */
export function wipeForm(form: WipeForm): Html {
  const { device, mayWipeAll, needsApproval, refused } = form
  const knows = device.knowsAccountOnlyWipe
  if (!knows && !mayWipeAll)
    return html`${unknownToPhone(device)}
      <div class="buttons">${linkButton(form.back, 'Go back')}</div>`
  const chosen = form.chosen ?? (knows ? 'account' : 'device')
  const accountNote = knows ? html`<p class="soft">Enough for most lost phones.</p>` : unknownToPhone(device)
  const deviceNote = needsApproval && html`<p><b>A second administrator has to agree first.</b></p>`
  return postForm(
    form.action,
    form.csrf,
    html`<fieldset>
        <legend>What is to be erased?</legend>
        ${choice('account', chosen, knows, accountNote)}
        ${mayWipeAll ? choice('device', chosen, true, deviceNote) : html`<p class="soft">Only an administrator can wipe the whole phone.</p>`}
      </fieldset>
      <h2>What happens</h2>
      <ul>
        ${afterwards.map((sentence) => html`<li>${sentence}</li>`)}
      </ul>
      <p class="typed">
        The name of this phone: <b><bdi>${device.name}</bdi></b>
      </p>
      ${textField({
        label: 'Type the name of the phone to confirm',
        name: 'confirm',
        required: true,
        spellcheck: false,
        hint: html`Exactly as it stands above. Is it hard to type? <a href="${form.renamePath}">Give the phone another name first.</a>`,
        trouble: refused,
      })}
      <div class="buttons">${button('Wipe this phone', { tone: 'final' })} ${linkButton(form.back, 'Go back')}</div>`,
  )
}

function unknownToPhone({ version }: DeviceView): Html {
  return html`<p>
    This phone speaks version ${version ?? 'unknown'} of the protocol. It does not know how to remove one account: that came with 16.1. You
    can block it: then it gets nothing new, but keeps what it has.
  </p>`
}

/** What the form asked for. */
export function wipeOf(form: URLSearchParams | null): { scope: Scope; confirm: string } {
  return { scope: form?.get('scope') === 'device' ? 'device' : 'account', confirm: form?.get('confirm') ?? '' }
}
