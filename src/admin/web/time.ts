// Moments as people read them: in UTC from the server, in the reader's own zone once the script of the console has seen them.
import { html, type Html } from './html.ts'

const readable = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** `form` says what the script makes of it: the moment, or how long ago (or ahead) it is. */
export function moment(iso: string, form: 'at' | 'ago' = 'at'): Html {
  return html`<time datetime="${iso}" data-form="${form}">${readable.format(new Date(iso))} UTC</time>`
}

/** A moment that may not have come. */
export function momentOr(iso: string | null, otherwise: string, form: 'at' | 'ago' = 'at'): Html {
  return iso === null ? html`<span class="soft">${otherwise}</span>` : moment(iso, form)
}
