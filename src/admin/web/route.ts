// What a page of the console is: a route, who may see it, and an answer; without a word of HTTP's own.
import type { Actor, Role } from '../../model/actor.ts'
import type { ActionInput, ActionName, ActionOutput } from '../actions.ts'

/** A request of somebody who has logged in. */
export interface PageRequest {
  readonly actor: Actor
  /** What the route's `:name` parts were, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Null for a GET. Its CSRF token was checked and taken out. */
  readonly form: URLSearchParams | null
  /** Goes into a hidden field `csrf` of every form, and into the header `X-CSRF-Token` of every htmx request. */
  readonly csrf: string
  /** What the answer before said was done; shown once. Left out where there is nothing to say. */
  readonly said?: string | null
  /** Whether htmx asks for a part of the page. */
  readonly isPart: boolean
  /** An action in the name of the actor; rejects like `perform`. */
  readonly perform: <Name extends ActionName>(name: Name, input: ActionInput<Name>) => Promise<ActionOutput<Name>>
}

export type PageAnswer =
  /** A whole page, or the part that was asked for. */
  | { readonly kind: 'html'; readonly html: string; readonly status?: number }
  /** After a POST. `said` is shown once on the next page. */
  | { readonly kind: 'redirect'; readonly to: string; readonly said?: string }
  | { readonly kind: 'file'; readonly type: string; readonly name: string; readonly content: AsyncIterable<string | Uint8Array> }

export interface PageRoute {
  readonly method: 'GET' | 'POST'
  /** `/devices/:account/:device`. */
  readonly path: string
  readonly roles: readonly Role[]
  readonly handle: (request: PageRequest) => Promise<PageAnswer>
}
