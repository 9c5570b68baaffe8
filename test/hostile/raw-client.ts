// Requests as no client library would write them: bytes on a socket, and what comes back.
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  /** 0 where the connection closed without one. */
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One connection to a server on loopback. */
export class RawClient {
  readonly #socket: Socket
  #bytes = ''
  #ended = false
  #waiting: (() => void) | null = null

  constructor(url: string) {
    this.#socket = connect(Number(new URL(url).port), '127.0.0.1')
    this.#socket.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.toString('latin1')
      this.#waiting?.()
    })
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.#ended = true
      this.#waiting?.()
    })
  }

  write(text: string | Buffer): void {
    if (typeof text === 'string') this.#socket.write(text, 'latin1')
    else this.#socket.write(text)
  }

  /** Whether the server closed the connection. */
  get ended(): boolean {
    return this.#ended
  }

  /** Resolves when the server closes the connection. */
  async end(): Promise<void> {
    while (!this.#ended) await this.#more()
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Reads one answer: its head and as much body as it announces, or all until the end. */
  async answer(): Promise<RawAnswer> {
    for (;;) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end !== -1) {
        const [first = '', ...lines] = this.#bytes.slice(0, end).split('\r\n')
        const headers = Object.fromEntries(
          lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
        )
        const length = Number(headers['content-length'] ?? 0)
        if (this.#bytes.length >= end + 4 + length) {
          const body = this.#bytes.slice(end + 4, end + 4 + length)
          this.#bytes = this.#bytes.slice(end + 4 + length)
          return { status: Number(first.split(' ')[1]), headers, body }
        }
      }
      if (this.#ended) return { status: 0, headers: {}, body: this.#bytes }
      await this.#more()
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }
}

/** One exchange on a connection of its own. */
export async function exchange(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const client = new RawClient(url)
  client.write(bytes)
  const answer = await client.answer()
  client.close()
  return answer
}
