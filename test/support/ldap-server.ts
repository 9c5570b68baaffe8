// An LDAP server of one person, who answers a bind as a test wants it: what real directories answer only when they are in trouble.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** RFC 4511 4.2, 4.5: tags of the messages that are understood here. */
const tags = { bind: 0x60, bound: 0x61, unbind: 0x42, search: 0x63, entry: 0x64, done: 0x65, extended: 0x77, extendedDone: 0x78 }

const tlv = (tag: number, ...content: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(content)
  const length = body.length < 0x80 ? Buffer.of(body.length) : Buffer.of(0x82, body.length >> 8, body.length & 0xff)
  return Buffer.concat([Buffer.of(tag), length, body])
}
const octets = (text: string) => tlv(0x04, Buffer.from(text))
const attribute = ([name, values]: readonly [string, string | readonly string[]]) =>
  tlv(0x30, octets(name), tlv(0x31, ...[values].flat().map(octets)))
type Entry = Readonly<Record<string, string | readonly string[]>>

/** The first element, and what follows it; null where it has not come in full. */
function taken(bytes: Buffer): { readonly tag: number; readonly body: Buffer; readonly rest: Buffer } | null {
  const [tag, first] = bytes
  if (tag === undefined || first === undefined) return null
  const more = first & 0x80 ? first & 0x7f : 0
  if (bytes.length < 2 + more) return null
  const length = more === 0 ? first : bytes.readUIntBE(2, more)
  const end = 2 + more + length
  return bytes.length < end ? null : { tag, body: bytes.subarray(2 + more, end), rest: bytes.subarray(end) }
}

export class LdapServer {
  /** RFC 4511 4.1.9. */
  bindCode = 0
  /** The passwords that were asked about. */
  readonly asked: string[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #person: Entry

  /** What somebody on the way adds to the answer to StartTLS. */
  injected = Buffer.alloc(0)

  private constructor(person: Entry, tls: { readonly key: string; readonly cert: string } | null) {
    this.#person = person
    const serve = (socket: Socket) => {
      socket.on('error', () => undefined)
      let pending = Buffer.alloc(0)
      socket.on('data', (piece: Buffer) => {
        pending = Buffer.concat([pending, piece])
        for (let message = taken(pending); message !== null; message = taken(pending)) {
          pending = Buffer.from(message.rest)
          const answer = Buffer.concat(this.#answer(message.body))
          const isAboutTls = answer[5] === tags.extendedDone
          socket.write(isAboutTls ? Buffer.concat([answer, this.injected]) : answer)
          if (!isAboutTls || tls === null) continue
          socket.removeAllListeners('data')
          serve(new TLSSocket(socket, { isServer: true, ...tls }))
        }
      })
    }
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      serve(socket)
    })
  }

  /** With a certificate it agrees to StartTLS. */
  static async start(person: Entry, tls: { readonly key: string; readonly cert: string } | null = null): Promise<LdapServer> {
    const server = new LdapServer(person, tls)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `ldap://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #answer(message: Buffer): Buffer[] {
    const id = taken(message)
    const operation = id === null ? null : taken(id.rest)
    if (id === null || operation === null) return []
    const told = (content: Buffer) => tlv(0x30, tlv(0x02, id.body), content)
    const result = (tag: number, code: number) => told(tlv(tag, tlv(0x0a, Buffer.of(code)), octets(''), octets('')))
    if (operation.tag === tags.bind) {
      this.asked.push(passwordOf(operation.body))
      return [result(tags.bound, this.bindCode)]
    }
    if (operation.tag === tags.extended) return [result(tags.extendedDone, 0)]
    if (operation.tag !== tags.search) return []
    const entry = this.#found(operation.body)
    const entries = entry.map(([dn, values]) => told(tlv(tags.entry, octets(dn), tlv(0x30, ...Object.entries(values).map(attribute)))))
    return [...entries, result(tags.done, 0)]
  }

  /** The root for a search without a base, the person for one that asks for people, and nobody for all others. */
  #found(search: Buffer): (readonly [string, Entry])[] {
    if (taken(search)?.body.length === 0) return [['', { namingContexts: 'dc=example,dc=com' }]]
    return search.includes('inetOrgPerson') ? [['cn=person,dc=example,dc=com', this.#person]] : []
  }
}

function passwordOf(bind: Buffer): string {
  const name = taken(taken(bind)?.rest ?? Buffer.alloc(0))
  return taken(name?.rest ?? Buffer.alloc(0))?.body.toString() ?? ''
}
