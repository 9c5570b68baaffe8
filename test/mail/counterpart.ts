// The other side of a wire: a smarthost to send to, a plain client to speak LMTP with, and a certificate for both.
import { generateKeyPairSync } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import forge from 'node-forge'
import { SMTPServer } from 'smtp-server'

/** A self-signed certificate for `name`, as PEM. */
export function selfSigned(name = 'localhost'): { key: string; cert: string } {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const privateKey = forge.pki.privateKeyFromPem(key)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e)
  certificate.serialNumber = '01'
  certificate.validity.notBefore = new Date(Date.now() - 3_600_000)
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000)
  certificate.setSubject([{ name: 'commonName', value: name }])
  certificate.setIssuer([{ name: 'commonName', value: name }])
  certificate.setExtensions([{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }])
  certificate.sign(privateKey, forge.md.sha256.create())
  return { key, cert: forge.pki.certificateToPem(certificate) }
}

export interface TakenMessage {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
  readonly secure: boolean
  readonly user: string | null
  /** Whether the client asked for addresses in UTF-8. */
  readonly utf8: boolean
}

export interface CounterpartOptions {
  readonly tls?: { key: string; cert: string; implicit?: boolean }
  readonly login?: { user: string; password: string }
  /** A reply code and text for a recipient that is not taken. */
  readonly recipient?: (address: string) => readonly [number, string] | undefined
  /** A reply to the whole message that is not taken. */
  readonly message?: (text: string) => readonly [number, string] | undefined
  /** Kills the socket at this point of the transaction, as long as it returns true. */
  readonly dies?: (point: 'rcpt' | 'data' | 'taken') => boolean
  readonly size?: number
}

function refusal([code, text]: readonly [number, string]): Error {
  return Object.assign(new Error(text), { responseCode: code })
}

export interface Counterpart {
  readonly port: number
  readonly taken: TakenMessage[]
  /** Connections so far. */
  readonly connections: () => number
  /** Cuts every open connection. */
  hangUp(): void
  close(): Promise<void>
}

/** A smarthost on loopback. */
export async function startCounterpart(options: CounterpartOptions = {}): Promise<Counterpart> {
  const taken: TakenMessage[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  const dies = (point: 'rcpt' | 'data' | 'taken') => {
    if (options.dies?.(point) !== true) return false
    hangUp()
    return true
  }
  const server = new SMTPServer({
    name: 'smarthost.test',
    ...(options.tls === undefined ? {} : { key: options.tls.key, cert: options.tls.cert, secure: options.tls.implicit ?? false }),
    disabledCommands: [...(options.tls === undefined ? ['STARTTLS'] : []), ...(options.login === undefined ? ['AUTH'] : [])],
    authOptional: options.login === undefined,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    ...(options.size === undefined ? {} : { size: options.size }),
    logger: false,
    closeTimeout: 100,
    onAuth(auth, _session, callback) {
      if (auth.username === options.login?.user && auth.password === options.login?.password) callback(null, { user: auth.username })
      else callback(null, { message: 'Wrong login', responseCode: 535 })
    },
    onRcptTo({ address }, _session, callback) {
      if (dies('rcpt')) return
      const answer = options.recipient?.(address)
      callback(answer === undefined ? null : refusal(answer))
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      if (dies('data')) return
      stream.on('error', () => undefined)
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const text = Buffer.concat(chunks).toString('latin1')
        const answer = options.message?.(text)
        if (answer !== undefined) return callback(refusal(answer))
        const sender = session.envelope.mailFrom
        taken.push({
          from: sender === false ? '' : sender.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          text,
          secure: session.secure,
          user: typeof session.user === 'string' ? session.user : null,
          utf8: session.envelope.smtpUtf8 ?? false,
        })
        if (!dies('taken')) callback(null)
      })
    },
  })
  server.on('error', () => undefined)
  server.server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    taken,
    connections: () => connections,
    hangUp,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        hangUp()
      }),
  }
}

/** A client that speaks a line protocol word by word. */
export class LineClient {
  readonly #socket: Socket
  #buffer = ''
  #waiting: (() => void) | null = null
  #ended = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      this.#buffer += chunk
      this.#waiting?.()
    })
    socket.on('close', () => {
      this.#ended = true
      this.#waiting?.()
    })
    socket.on('error', () => undefined)
  }

  /** Connects and reads the greeting. */
  static async open(where: number | string): Promise<LineClient> {
    const client = new LineClient(typeof where === 'number' ? connect(where, '127.0.0.1') : connect(where))
    await client.reply()
    return client
  }

  /** One reply, its lines joined by newlines; `''` if the connection ended instead. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\r?\n/.exec(this.#buffer)
      if (match !== null) {
        this.#buffer = this.#buffer.slice(match[0].length)
        return match[0].replaceAll('\r', '').trimEnd()
      }
      if (this.#ended) return ''
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
  }

  /** Sends a line and reads its reply. */
  async say(line: string): Promise<string> {
    this.write(`${line}\r\n`)
    return await this.reply()
  }

  write(bytes: string | Uint8Array): void {
    if (typeof bytes === 'string') this.#socket.write(bytes, 'latin1')
    else this.#socket.write(bytes)
  }

  /** Sends a message after DATA, dots stuffed, and reads `replies` replies. */
  async message(source: Uint8Array | string, replies: number): Promise<string[]> {
    const text = typeof source === 'string' ? source : Buffer.from(source).toString('latin1')
    this.write(text.replace(/^\./gm, '..'))
    this.write(text.endsWith('\r\n') ? '.\r\n' : '\r\n.\r\n')
    const answers: string[] = []
    while (answers.length < replies) answers.push(await this.reply())
    return answers
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Says goodbye and waits for the end. */
  async quit(): Promise<void> {
    await this.say('QUIT')
    this.#socket.end()
  }
}
