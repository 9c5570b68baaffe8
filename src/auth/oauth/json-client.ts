// Asks an identity provider for JSON: bounded in time and size, over TLS, and without following anybody elsewhere.
import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { Unavailable } from '../password-source.ts'

export interface JsonClientOptions {
  /** PEM of a private authority; null for the public ones. */
  readonly ca: string | null
  /** From the question to the last byte of the answer. */
  readonly timeoutSeconds: number
}

interface Question {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Keys and metadata of the largest providers take some 50 kB. */
const bytesMax = 256 * 1024

export class JsonClient {
  readonly #options: JsonClientOptions

  constructor(options: JsonClientOptions) {
    this.#options = options
  }

  /** The document at `url`. Rejects with Unavailable for whatever is none. */
  get(url: string): Promise<unknown> {
    return this.#ask(url, { method: 'GET', headers: {}, body: '' })
  }

  /** The answer to a form. Rejects with Unavailable for whatever is no document. */
  post(url: string, form: Readonly<Record<string, string>>, authorization: string): Promise<unknown> {
    const body = new URLSearchParams(form).toString()
    const headers = {
      Authorization: authorization,
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': String(Buffer.byteLength(body)),
    }
    return this.#ask(url, { method: 'POST', headers, body })
  }

  async #ask(url: string, question: Question): Promise<unknown> {
    const { host, pathname } = new URL(url)
    const unavailable = (why: string, cause?: unknown) => new Unavailable(`${host}${pathname} ${why}`, { cause })
    let answer: { readonly status: number; readonly body: string }
    try {
      answer = await this.#exchange(url, question)
    } catch (error) {
      throw unavailable('did not answer in time and in bounds', error)
    }
    if (answer.status !== 200) throw unavailable(`answered ${answer.status}`)
    try {
      return JSON.parse(answer.body) as unknown
    } catch {
      throw unavailable('answered no JSON')
    }
  }

  #exchange(url: string, { method, headers, body }: Question): Promise<{ readonly status: number; readonly body: string }> {
    const { ca, timeoutSeconds } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly body: string }>()
    const options = {
      method,
      headers: { Accept: 'application/json', ...headers },
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
      ...(ca === null ? {} : { ca }),
    }
    const request = url.startsWith('https:') ? secureRequest(url, options) : plainRequest(url, options)
    request.on('error', reject)
    request.on('response', (response) => {
      const pieces: Buffer[] = []
      let bytes = 0
      response.on('data', (piece: Buffer) => {
        pieces.push(piece)
        bytes += piece.length
        if (bytes > bytesMax) request.destroy(new Error(`more than ${bytesMax} bytes`))
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8') }))
    })
    request.end(body)
    return promise
  }
}
