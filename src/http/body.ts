// A request's body: read once somebody wants it, bounded, and taken for what it claims to be.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestBody } from '../protocol/command.ts'

/** The body is longer than it may be. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
}

/** The client went away before its request was whole, or before it was answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

const nothing = new Uint8Array(0)

/**
 * The whole body; empty if there is none. Rejects with BodyTooLarge (by its Content-Length, before a byte is read, where it
 * says one) or ClientGone. A client that expects 100 Continue is told so here: not before its credentials were found good.
 */
export function readBody(request: IncomingMessage, response: ServerResponse, bytesMax: number): Promise<Uint8Array> {
  const { headers } = request
  const announced = headers['content-length']
  if (headers['transfer-encoding'] === undefined && (announced === undefined || announced === '0')) return Promise.resolve(nothing)
  if (announced !== undefined && Number(announced) > bytesMax) return Promise.reject(new BodyTooLarge(`${announced} bytes`))
  // The connection may have closed while the credentials were looked at.
  if (request.destroyed) return Promise.reject(new ClientGone('the connection closed'))
  if (headers.expect !== undefined) response.writeContinue()
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let bytes = 0
    const settle = () => {
      request.off('data', data).off('end', end).off('error', lost).off('close', lost)
      chunks = []
    }
    const data = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bytesMax) {
        settle()
        reject(new BodyTooLarge(`more than ${bytesMax} bytes`))
      } else chunks.push(chunk)
    }
    const end = () => {
      const [first = nothing] = chunks
      const whole = chunks.length > 1 ? Buffer.concat(chunks, bytes) : first
      settle()
      resolve(whole)
    }
    const lost = () => {
      settle()
      reject(new ClientGone('the connection closed'))
    }
    request.on('data', data).on('end', end).on('error', lost).on('close', lost)
  })
}

/** MS-ASHTTP 2.2.1.1.2.3, in any letter case and with any parameters. */
export function bodyOf(contentType: string | undefined, bytes: Uint8Array): RequestBody {
  if (bytes.length === 0) return { type: 'none', bytes }
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  switch (type) {
    case 'application/vnd.ms-sync.wbxml':
    case 'application/vnd.ms-sync':
      return { type: 'wbxml', bytes }
    case 'message/rfc822':
      return { type: 'rfc822', bytes }
    case '':
      // Without a claim the first byte decides: every WBXML document of ours begins with version 1.3.
      return { type: bytes[0] === 0x03 ? 'wbxml' : 'other', bytes }
    default:
      return { type: 'other', bytes }
  }
}
