// The frame around every page: its head, who is logged in, and the way out. The pages bring their own in its place.
import type { Actor } from '../../model/actor.ts'
import { html, type Part } from './html.ts'

export interface Frame {
  readonly title: string
  /** Null where nobody has logged in: there is no menu then. */
  readonly actor: Actor | null
  readonly csrf: string
  readonly body: Part
  /** What was just done, in one sentence. */
  readonly said?: string | null
  /** What was refused, in one sentence. */
  readonly refused?: string | null
  /** The path of the menu's entry this page belongs to. */
  readonly current?: string
}

/** A whole page. */
export function frame({ title, actor, csrf, body, said = null, refused = null }: Frame): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Easel</title>
        <link rel="stylesheet" href="/assets/console.css" />
        <script src="/assets/htmx.js" defer></script>
      </head>
      <body>
        ${
          actor !== null &&
          html`<form method="post" action="/logout">
            <input type="hidden" name="csrf" value="${csrf}" /> ${actor.name} (${actor.role})
            <button>Log out</button>
          </form>`
        }
        <main id="main">
          <h1>${title}</h1>
          ${said !== null && html`<p role="status">${said}</p>`} ${refused !== null && html`<p role="alert">${refused}</p>`} ${body}
        </main>
      </body>
    </html>`.toString()
}
