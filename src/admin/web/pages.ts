// The table of the console's pages. The pages bring theirs in the place of these.
import { roles } from '../../model/actor.ts'
import { staff } from '../action.ts'
import { html } from './html.ts'
import { frame } from './layout.ts'
import type { PageRequest, PageRoute } from './route.ts'

const bare = (title: string) => (request: PageRequest) =>
  Promise.resolve({
    kind: 'html' as const,
    html: frame({ title, actor: request.actor, csrf: request.csrf, body: html``, said: request.said ?? null }),
  })

export const pages: readonly PageRoute[] = [
  { method: 'GET', path: '/', roles: staff, handle: bare('Overview') },
  { method: 'GET', path: '/me', roles, handle: bare('My phones') },
]
