// What every answer of the console carries: a browser is told to trust nothing but our own files.
import type { FastifyReply } from 'fastify'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const always: Readonly<Record<string, string>> = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

const yearSeconds = 31_536_000

/** Puts the headers on; nothing is kept by a browser unless the answer says so itself. `host` is the name that was asked for. */
export function harden(reply: FastifyReply, isSecure: boolean, host: string): void {
  reply.headers(always)
  if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store')
  // It would bind every other program on this machine that a browser reaches by the name localhost.
  if (isSecure && host !== 'localhost') reply.header('Strict-Transport-Security', `max-age=${yearSeconds}`)
}
