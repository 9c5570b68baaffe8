// The console's own files: styles, scripts and pictures, read once and told apart by their content.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { acceptsGzip } from '../compression.ts'

interface Asset {
  readonly type: string
  readonly content: Buffer
  readonly packed: Buffer
  readonly hash: string
}

const folder = new URL('../../admin/web/assets/', import.meta.url)

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

function assetOf(name: string, content: Buffer): Asset {
  const type = types[extname(name)]
  if (type === undefined) throw new Error(`nobody knows what ${name} is`)
  return { type, content, packed: gzipSync(content), hash: createHash('sha256').update(content).digest('base64url').slice(0, 16) }
}

function readAssets(): ReadonlyMap<string, Asset> {
  const htmx = readFileSync(new URL(import.meta.resolve('htmx.org/dist/htmx.min.js')))
  const own = readdirSync(folder).map((name) => [name, assetOf(name, readFileSync(new URL(name, folder)))] as const)
  return new Map([...own, ['htmx.js', assetOf('htmx.js', htmx)]])
}

let read: ReadonlyMap<string, Asset> | null = null

/**
 * Mounts `/assets/NAME`, or only what a page without scripts looks like. A browser asks each time whether its copy is still good; with the content's hash as `?v=…` it need not.
 */
export function mountAssets(app: FastifyInstance, which: 'all' | 'looks' = 'all'): void {
  for (const [name, { type, content, packed, hash }] of (read ??= readAssets())) {
    if (which === 'looks' && extname(name) === '.js') continue
    const tag = `"${hash}"`
    app.get<{ Querystring: { v?: string } }>(`/assets/${name}`, (request, reply) => {
      const isPinned = request.query.v === hash
      reply.header('Cache-Control', isPinned ? 'public, max-age=31536000, immutable' : 'no-cache')
      reply.headers({ ETag: tag, Vary: 'Accept-Encoding' })
      if (request.headers['if-none-match'] === tag) return reply.code(304).send()
      if (!acceptsGzip(request.headers['accept-encoding'])) return reply.type(type).send(content)
      return reply.type(type).header('Content-Encoding', 'gzip').send(packed)
    })
  }
}
