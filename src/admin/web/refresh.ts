// Parts of a page that renew themselves, and those a form fills, in the words of htmx; without a script they stand still.
import { html, type Html } from './html.ts'

const quiet = JSON.stringify({ 'X-Easel-Quiet': '1' })

/** Attributes of the element that is fetched again from `path` every few seconds; none where it is to stand still. */
export function refreshing(path: string, seconds: number, still = false): Html | false {
  // Morphing keeps the focus and what somebody marks with the mouse. A screen nobody looks at is no use of the session.
  return !still && html`hx-get="${path}" hx-trigger="every ${seconds}s" hx-swap="outerMorph" hx-headers="${quiet}"`
}

/** WCAG 2.2.2: what moves by itself can be made to stand still. */
export function pauseNote(path: string, still: boolean): Html {
  return html`<p class="soft">
    ${
      still
        ? html`This page stands still. <a href="${path}">Let it renew itself</a>`
        : html`This page renews itself. <a href="${path}?still=yes">Let it stand still</a>`
    }
  </p>`
}

/** Attributes of a search form: what it finds is put into `target` while somebody types. */
export function searching(path: string, target: string): Html {
  return html`hx-get="${path}" hx-target="${target}" hx-swap="innerHTML" hx-trigger="input delay:250ms, submit" hx-sync="this:replace"
  hx-replace-url="true"`
}
