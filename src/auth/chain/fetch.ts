// Fetching what others publish of their certificates: bounded in size and time, without redirects.
import type { Clock } from '../../model/clock.ts'

export interface Asked {
  readonly url: string
  readonly bytesMax: number
  /** Sent by POST, where there is one. */
  readonly body?: Uint8Array<ArrayBuffer>
  readonly type?: string
}

export interface Fetcher {
  /** Rejects with a sentence. */
  fetch(asked: Asked): Promise<Uint8Array>
  /** Breaks off what is under way. */
  close(): void
}

const answerSeconds = 10
/** After a restart every phone of a company comes at once, and a responder is asked about each. */
const atOnce = 16

/** A fetcher by HTTP. */
export function createFetcher(clock: Clock): Fetcher {
  const closing = new AbortController()
  const waiting: (() => void)[] = []
  let underWay = 0
  /** Whoever ends hands his place to the next. */
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) underWay--
    else next()
  }
  return {
    async fetch({ url, bytesMax, body, type }) {
      if (underWay < atOnce) underWay++
      else await new Promise<void>((resolve) => waiting.push(resolve))
      const isOver = new AbortController()
      const late = clock.after(answerSeconds, isOver.signal).then(
        () => isOver.abort(new Error(`no answer within ${answerSeconds} seconds`)),
        () => undefined,
      )
      const signal = AbortSignal.any([isOver.signal, closing.signal])
      try {
        // Who may write an address into a certificate must not lead us on from there.
        const request: RequestInit = { signal, redirect: 'error' }
        if (body !== undefined) Object.assign(request, { method: 'POST', body, headers: { 'Content-Type': type ?? '' } })
        const response = await fetch(url, request)
        if (!response.ok) throw new Error(`HTTP ${response.status}`)
        return await readAll(response, bytesMax)
      } finally {
        leave()
        isOver.abort()
        await late
      }
    },
    close: () => closing.abort(new Error('the server stops')),
  }
}

async function readAll({ body }: Response, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body ?? []) {
    length += part.byteLength
    if (length > bytesMax) throw new Error(`more than ${bytesMax} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}
