// The pages of a one-time link, as the phone shows them: what it would install, and that a link is not good.
import type { ProfileKind } from '../../enroll/account-profile.ts'
import { button } from './field.ts'
import { html, type Html } from './html.ts'
import { frame } from './layout.ts'

/** What each kind means for whoever has the phone. */
const meaning: Readonly<Record<ProfileKind, string>> = {
  password: 'The phone will ask for the password of this account.',
  certificate: 'The phone gets a certificate of its own, and needs no password.',
  scep: 'The phone makes a key of its own and has it certified; it needs no password.',
  oauth: 'The phone will lead you to the login of your organization.',
}

const steps = html`<ol>
  <li>Press Install, and allow the download.</li>
  <li>Open Settings. At the top it says “Profile Downloaded”: open it, and press Install there.</li>
  <li>If it asks which password, that is the passcode of this phone, or a password this page's sender told you.</li>
</ol>`

function outside(title: string, body: Html): string {
  return frame({ title, actor: null, csrf: '', body, isAlone: true })
}

/** Asks before anything is handed out: whoever only looks at a link, a preview or a scanner, uses nothing up. */
export function offerPage(action: string, address: string, kind: ProfileKind): string {
  const body = html`<div class="card">
    <p>
      This sets up the mail of <b><bdi>${address}</bdi></b> on this iPhone or iPad.
    </p>
    <p>${meaning[kind]}</p>
    ${steps}
    <form method="post" action="${action}">${button('Install', { tone: 'first' })}</form>
    <p class="soft">The link works once: press Install once, on the phone it is for. Is this not your account? Then close this page.</p>
  </div>`
  return outside('Set up this phone', body)
}

/** One answer for whatever is not good: nobody learns which links there are. */
export function badLinkPage(): string {
  return outside(
    'This link does not work',
    html`<p>It was used already, is too old, or is not whole. Make another on your own page, or ask your administrator for one.</p>`,
  )
}

export function waitPage(): string {
  return outside('Too many wrong links', html`<p>Somebody in your network opened many links that do not work. Wait some minutes.</p>`)
}
