// StartTLS (RFC 4511 4.14) on a connection that has said nothing yet.
import type { Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

/** RFC 4511 4.12, 4.14.1: message 1, an extended request that names StartTLS. */
const name = Buffer.from('1.3.6.1.4.1.1466.20037', 'latin1')
const question = Buffer.concat([Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, name.length]), name])
const tags = { message: 0x30, integer: 0x02, response: 0x78, enumerated: 0x0a }
const answerBytesMax = 4096

/**
 * Turns a connection into TLS. ldapts can do so, too, but keeps what came before: somebody between us and the server could send the
 * beginning of a message in the clear that swallows the server's answer to a bind, and says "right" in its place. So nothing may come with
 * the answer, and whoever speaks LDAP over TLS has read nothing before. Rejects if the server will not.
 */
export async function startTls(socket: Socket, options: ConnectionOptions): Promise<TLSSocket> {
  const answered = answerOf(socket)
  socket.write(question)
  if (!isAgreed(await answered)) throw new Error('the server does not agree to StartTLS')
  const secure = connect({ ...options, socket })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  secure.once('error', reject).once('secureConnect', () => resolve())
  await promise
  // What breaks between two requests is noticed by the next one.
  return secure.on('error', () => socket.destroy())
}

function answerOf(socket: Socket): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  let bytes = Buffer.alloc(0)
  const read = (piece: Buffer) => {
    bytes = Buffer.concat([bytes, piece])
    const message = element(bytes)
    if (message === null && bytes.length <= answerBytesMax) return
    if (message === null || message.rest.length > 0) return reject(new Error('the server says more than its answer before TLS begins'))
    resolve(bytes)
  }
  const lost = () => reject(new Error('the connection was lost'))
  socket.on('data', read).once('close', lost)
  return promise.finally(() => {
    socket.pause()
    socket.off('data', read).off('close', lost)
  })
}

/** RFC 4511 4.1.9: the result is the first thing in an answer; 0 is success. */
function isAgreed(answer: Buffer): boolean {
  const message = element(answer)
  const id = message?.tag === tags.message ? element(message.body) : null
  const response = id?.tag === tags.integer ? element(id.rest) : null
  const result = response?.tag === tags.response ? element(response.body) : null
  return result?.tag === tags.enumerated && result.body.length === 1 && result.body[0] === 0
}

/** The first element (X.690 8.1) and what follows it; null while it has not come to its end. */
function element(bytes: Buffer): { readonly tag: number; readonly body: Buffer; readonly rest: Buffer } | null {
  const [tag, first] = bytes
  if (tag === undefined || first === undefined) return null
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  if (lengthBytes > 4 || bytes.length < 2 + lengthBytes) return null
  const length = lengthBytes === 0 ? first & 0x7f : bytes.readUIntBE(2, lengthBytes)
  const end = 2 + lengthBytes + length
  return bytes.length < end ? null : { tag, body: bytes.subarray(2 + lengthBytes, end), rest: bytes.subarray(end) }
}
