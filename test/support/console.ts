// A browser at the console, and a program at its REST interface: cookies, tokens of forms, and nothing that is clever.
import * as http from 'node:http'
import * as https from 'node:https'

export interface Page {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** Where the answer sends the browser; null if nowhere. */
  readonly location: string | null
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** The parsed document; the text where the answer is none. */
  readonly json: unknown
}

/**
 * Keeps cookies as a browser does. `get` and `post` do not follow redirects: a test says where it goes. `csrf` is the token of the
 * last page that held one, and `post` sends it.
 */
export class Browser {
  readonly url: string
  readonly cookies = new Map<string, string>()
  csrf = ''
  readonly #ca: string | null
  readonly #headers: Readonly<Record<string, string>>

  constructor(url: string, ca: string | null = null, headers: Readonly<Record<string, string>> = {}) {
    this.url = url
    this.#ca = ca
    this.#headers = headers
  }

  /** Logs in as a person does, with a code if one is asked for; gives the answer to the last form. */
  async login(user: string, password: string, code?: string): Promise<Page> {
    await this.get('/login')
    const entered = await this.post('/login', { user, password })
    if (entered.location === null || !entered.location.startsWith('/login/code') || code === undefined)
      return entered.status === 303 ? this.#settle(entered) : entered
    await this.get(entered.location)
    const shown = await this.post('/login/code', { code })
    return shown.status === 303 ? this.#settle(shown) : shown
  }

  /** The page a login leads to holds the session's token. */
  async #settle(entered: Page): Promise<Page> {
    await this.get(entered.location ?? '/')
    return entered
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    const page = await this.send('GET', path, { headers })
    const token = /name="csrf" value="([\w-]+)"/.exec(page.body)?.[1]
    if (token !== undefined) this.csrf = token
    return page
  }

  /** Sends a form, with the token unless the form holds one. */
  post(path: string, form: Readonly<Record<string, string>> = {}, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.send('POST', path, {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin', ...headers },
      body: new URLSearchParams({ csrf: this.csrf, ...form }).toString(),
    })
  }

  /** Calls the REST interface with the session; `token` instead of it. */
  async api(method: string, path: string, body?: unknown, token?: string): Promise<ApiAnswer> {
    const answer = await this.send(method, `/api/v1${path}`, {
      headers: {
        ...(token === undefined ? { 'X-CSRF-Token': this.csrf } : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const isJson = /^application\/(problem\+)?json\b/.test(answer.headers['content-type'] ?? '')
    return { status: answer.status, headers: answer.headers, json: isJson ? JSON.parse(answer.body) : answer.body }
  }

  /** Anything at all. The path goes out as it is written. */
  send(method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Page> {
    const { protocol, port } = new URL(this.url)
    const cookies = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const options: https.RequestOptions = {
      // The name is localhost, and the tests' listeners are at this address.
      host: '127.0.0.1',
      servername: 'localhost',
      port,
      method,
      path,
      agent: false,
      headers: {
        Host: `localhost:${port}`,
        ...(cookies === '' ? {} : { Cookie: cookies }),
        ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
        ...this.#headers,
        ...headers,
      },
    }
    const request = protocol === 'https:' ? https.request({ ...options, ca: this.#ca ?? undefined }) : http.request(options)
    request.end(body)
    return new Promise((resolve, reject) => {
      request.on('error', reject)
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          for (const line of response.headers['set-cookie'] ?? []) this.#keep(line)
          const { location = null } = response.headers
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString(), location })
        })
      })
    })
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}
