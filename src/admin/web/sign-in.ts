// The pages of the way in: the name and the password, and then the code.
import { html, type Html } from './html.ts'
import { frame } from './layout.ts'

export interface SignIn {
  readonly csrf: string
  /** Where to go afterwards; null for the first page. */
  readonly next: string | null
  /** What was refused; null at first. */
  readonly refused: string | null
}

function form(action: string, { csrf, next }: SignIn, fields: Html, button: string): Html {
  return html`<form method="post" action="${action}" class="sign-in card">
    <input type="hidden" name="csrf" value="${csrf}" />
    ${next !== null && html`<input type="hidden" name="next" value="${next}" />`} ${fields}
    <p><button>${button}</button></p>
  </form>`
}

/** Asks for the name and the password. */
export function passwordPage(signIn: SignIn): string {
  const fields = html`<p>
      <label for="user">Name or address</label>
      <input id="user" name="user" required maxlength="256" autocomplete="username" autocapitalize="none" spellcheck="false" autofocus />
    </p>
    <p>
      <label for="password">Password</label>
      <input id="password" name="password" type="password" required maxlength="1024" autocomplete="current-password" />
    </p>`
  return frame({ title: 'Log in', actor: null, csrf: signIn.csrf, body: form('/login', signIn, fields, 'Log in'), refused: signIn.refused })
}

/** A field for a code, as the page of the second factor shows it too. */
export const codeField = html`<p>
  <label for="code">Six digits from your authenticator app</label>
  <input id="code" name="code" required inputmode="numeric" maxlength="12" autocomplete="one-time-code" autofocus />
</p>`

/** Asks for the code. */
export function codePage(signIn: SignIn): string {
  const body = html`${form('/login/code', signIn, codeField, 'Log in')}
    <p><a href="/login">Begin again</a></p>
    <p class="soft">No app at hand? An administrator can take the second factor away.</p>`
  return frame({ title: 'Second factor', actor: null, csrf: signIn.csrf, body, refused: signIn.refused })
}
