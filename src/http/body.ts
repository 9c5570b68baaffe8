// A request's body: read once somebody wants it, bounded, and taken for what it claims to be.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestBody, RequestLine } from '../protocol/command.ts'
import { wbxmlType } from '../protocol/define.ts'

/** The body is longer than it may be. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
}

/** The client went away before its request was whole, or before it was answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

const nothing = new Uint8Array(0)
/** From here on a body is a message, and not many of them are read at once. */
const largeBytes = 1 << 20

export interface BodyLimits {
  readonly bytesMax: number
  /** Resolves when there is room for a large body. */
  readonly room?: () => Promise<void>
}

const always = () => Promise.resolve()

/**
 * The whole body; empty if there is none. Rejects with BodyTooLarge (by its Content-Length, before a byte is read, where it
 * says one) or ClientGone. A client that expects 100 Continue is told so here: not before its credentials were found good.
 */
export async function readBody(request: IncomingMessage, response: ServerResponse, limits: BodyLimits): Promise<Uint8Array> {
  const { headers } = request
  const { bytesMax, room = always } = limits
  const announced = headers['content-length']
  if (headers['transfer-encoding'] === undefined && (announced === undefined || announced === '0')) return nothing
  if (announced !== undefined && Number(announced) > bytesMax) throw new BodyTooLarge(`${announced} bytes`)
  const isLarge = Number(announced ?? 0) > largeBytes
  if (isLarge) await room()
  // The connection may have closed while the credentials were looked at.
  if (request.destroyed) throw new ClientGone('the connection closed')
  if (headers.expect !== undefined) response.writeContinue()
  return gather(request, bytesMax, isLarge ? null : room)
}

/** Reads on until the end; stops where the body turns out to be large, until there is `room` for it. */
function gather(request: IncomingMessage, bytesMax: number, room: (() => Promise<void>) | null): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let bytes = 0
    let isRoomy = room === null
    const settle = () => {
      request.off('data', data).off('end', end).off('error', lost).off('close', lost)
      chunks = []
    }
    const data = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bytesMax) {
        settle()
        reject(new BodyTooLarge(`more than ${bytesMax} bytes`))
        return
      }
      chunks.push(chunk)
      if (isRoomy || room === null || bytes <= largeBytes) return
      isRoomy = true
      request.pause()
      void room().then(() => request.resume())
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
  if (contentType === wbxmlType) return { type: 'wbxml', bytes }
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  switch (type) {
    case wbxmlType:
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

/** Messages and drafts are carried by these; whatever else is longer than this says nothing. */
const carriers: ReadonlySet<RequestLine['command']> = new Set(['Sync', 'SendMail', 'SmartReply', 'SmartForward'] as const)
const plainBodyBytesMax = 2 << 20

/** The longest body of this command, where no body is longer than `bytesMax`. */
export function bodyBytesOf(command: RequestLine['command'], bytesMax: number): number {
  return carriers.has(command) ? bytesMax : Math.min(bytesMax, plainBodyBytesMax)
}
