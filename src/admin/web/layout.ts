// The frame around every page: its head, the menu, the way past it, and the way out.
import type { Actor } from '../../model/actor.ts'
import { actButton } from './field.ts'
import { html, type Html, type Part } from './html.ts'
import { navigation } from './navigation.ts'
import type { PageAnswer, PageRequest } from './route.ts'

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
  /** For somebody who has no business at the console: no script, and no way to a login that may not be there. */
  readonly isAlone?: boolean
}

/**
 * No style of htmx's own, which the Content-Security-Policy would refuse; no code in attributes; going back loads the page; an
 * answer that is an error changes nothing on the page.
 */
const htmxSettings = JSON.stringify({
  includeIndicatorCSS: false,
  history: 'reload',
  noSwap: [204, 304, '4xx', '5xx'],
  defaultTimeout: 20_000,
})

const styles = ['ground', 'frame', 'parts', 'tables', 'forms']

const titleMax = 120
/** A phone may give itself a name of a thousand letters. */
function shortened(title: string): string {
  const letters = Array.from(title)
  return letters.length > titleMax ? `${letters.slice(0, titleMax).join('')}…` : title
}

/** A whole page. */
export function frame({ title, actor, csrf, body, said = null, refused = null, current = '', isAlone = false }: Frame): string {
  const name = shortened(title)
  return html`<!doctype html>
    <html lang="en" dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <meta name="htmx-config" content="${htmxSettings}" />
        <title>${name} · Easel</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        ${styles.map((name) => html`<link rel="stylesheet" href="/assets/${name}.css" />`)}
        ${
          !isAlone &&
          html`<script src="/assets/htmx.js" defer></script>
            <script src="/assets/console.js" defer></script>`
        }
      </head>
      <body ${actor === null && html`class="outside"`}>
        <a class="skip" href="#main">Skip to the content</a>
        ${actor === null ? html`<header class="top">${brand(isAlone ? null : '/login')}</header>` : menu(actor, csrf, current)}
        <main id="main" tabindex="-1">
          <h1><bdi>${name}</bdi></h1>
          ${said !== null && html`<p class="said" role="status">${said}</p>`}
          ${refused !== null && html`<p class="refused" role="alert">${refused}</p>`} ${body}
        </main>
      </body>
    </html>`.toString()
}

const mark = html`<img src="/assets/icon.svg" alt="" width="24" height="24" />`

function brand(home: string | null): Html {
  if (home === null) return html`<span class="brand">${mark}Easel</span>`
  return html`<a class="brand" href="${home}">${mark}Easel</a>`
}

/** On a narrow screen the menu is a popover; on a wide one it stands at the side. Neither needs a script. */
function menu(actor: Actor, csrf: string, current: string): Html {
  return html`<header class="top">
    ${brand(actor.role === 'user' ? '/me' : '/')}
    <button class="menu second" type="button" popovertarget="menu">Menu</button>
    <div id="menu" popover>
      <nav aria-label="Main">${navigation(actor, current)}</nav>
      <div class="who">
        <p>
          <a href="/account"><bdi>${actor.name} (${actor.role === 'helpdesk' ? 'help desk' : actor.role})</bdi></a>
        </p>
        ${actButton('/logout', csrf, 'Log out')}
      </div>
    </div>
  </header>`
}

export interface Page {
  readonly title: string
  readonly body: Part
  readonly current: string
  readonly refused?: string | null
  readonly status?: number
}

/** A whole page as an answer to a request. What was refused is answered with 422 if nothing else is asked for. */
export function page({ actor, csrf, said }: PageRequest, { status, refused = null, ...rest }: Page): PageAnswer {
  const html = frame({ ...rest, actor, csrf, said: said ?? null, refused })
  const code = status ?? (refused === null ? undefined : 422)
  return { kind: 'html', html, ...(code === undefined ? {} : { status: code }) }
}

/** A part of a page as an answer to htmx. */
export function part(body: Html): PageAnswer {
  return { kind: 'html', html: body.toString() }
}
