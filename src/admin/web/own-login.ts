// The page of one's own login: the second factor, and the password of a local administrator.
import { renderSVG } from 'uqr'
import type { Actor } from '../../model/actor.ts'
import { html, type Html } from './html.ts'
import { frame } from './layout.ts'
import { codeField } from './sign-in.ts'
import { section } from './table.ts'

export interface OwnLogin {
  readonly actor: Actor
  readonly csrf: string
  readonly said: string | null
  readonly refused: string | null
  readonly hasSecondFactor: boolean
  /** What an app has to be told; null unless a second factor was begun. */
  readonly enrolment: { readonly uri: string; readonly secret: string } | null
}

export const ownLoginPath = '/account'

function act(csrf: string, path: string, fields: Html | null, button: string, tone: 'first' | 'danger' | '' = ''): Html {
  return html`<form method="post" action="${ownLoginPath}/${path}">
    <input type="hidden" name="csrf" value="${csrf}" />
    ${fields}
    <p><button class="${tone}">${button}</button></p>
  </form>`
}

function secondFactor({ csrf, hasSecondFactor, enrolment }: OwnLogin): Html {
  if (hasSecondFactor) {
    return html`<p>Every login asks for a code of your authenticator app.</p>
      ${act(csrf, 'second-factor/remove', codeField, 'Turn the second factor off', 'danger')}`
  }
  if (enrolment === null) {
    return html`<p>
        With a second factor nobody logs in with your password alone: each login also asks for a code of an app on your phone.
      </p>
      ${act(csrf, 'second-factor/begin', null, 'Set up a second factor', 'first')}`
  }
  const picture = `data:image/svg+xml;base64,${Buffer.from(renderSVG(enrolment.uri, { border: 4 })).toString('base64')}`
  return html`<ol>
      <li>
        Scan this with an authenticator app, or type it in: <code>${enrolment.secret}</code>
        <p><img src="${picture}" alt="QR code for an authenticator app" width="220" height="220" /></p>
      </li>
      <li>Show that it works.</li>
    </ol>
    ${act(csrf, 'second-factor/confirm', codeField, 'Turn the second factor on', 'first')}`
}

function password({ csrf, actor }: OwnLogin): Html | null {
  if (actor.account !== null) return null
  const fields = html`<p>
      <label for="current">Password you have now</label>
      <input id="current" name="current" type="password" required maxlength="1024" autocomplete="current-password" />
    </p>
    <p>
      <label for="wanted">New password, 12 characters or more</label>
      <input id="wanted" name="wanted" type="password" required minlength="12" maxlength="1024" autocomplete="new-password" />
    </p>`
  return section('Password', act(csrf, 'password', fields, 'Change the password'))
}

/** The whole page. */
export function ownLoginPage(own: OwnLogin): string {
  const { actor, csrf, said, refused } = own
  const body = html`<div class="columns two">${section('Second factor', secondFactor(own))} ${password(own)}</div>`
  return frame({ title: `Login of ${actor.name}`, actor, csrf, body, said, refused, current: ownLoginPath })
}
