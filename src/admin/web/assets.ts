// The files every page of the console asks for: its style, its scripts, its picture.
import { createRequire } from 'node:module'
import { join } from 'node:path'

export interface Asset {
  readonly path: string
  readonly type: string
  /** Absolute path of the file. */
  readonly file: string
}

const own = (name: string) => join(import.meta.dirname, 'assets', name)
const htmx = () => createRequire(import.meta.url).resolve('htmx.org/dist/htmx.min.js')

/** Anybody may have them, before a login too. */
export const assets: readonly Asset[] = [
  { path: '/assets/console.css', type: 'text/css; charset=utf-8', file: own('console.css') },
  { path: '/assets/console.js', type: 'text/javascript; charset=utf-8', file: own('console.js') },
  { path: '/assets/icon.svg', type: 'image/svg+xml', file: own('icon.svg') },
  { path: '/assets/htmx.js', type: 'text/javascript; charset=utf-8', file: htmx() },
]
