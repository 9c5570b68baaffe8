// The endpoint's book-keeping: every answer is counted, and what HTTP refused a known device is remembered.
import type { FastifyReply } from 'fastify'
import type { Metrics } from '../metrics.ts'
import type { Principal } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { Answer, RequestLine } from '../protocol/command.ts'
import type { FailureBook, FailureEntry } from '../protocol/failure-book.ts'

type Trouble = Pick<FailureEntry, 'failure' | 'status' | 'detail'>

export interface TallyPorts {
  readonly clock: Clock
  readonly metrics: Metrics
  readonly failures: FailureBook
}

interface Told {
  readonly status: number
  readonly documentStatus?: number | undefined
}

/** One request at the endpoint, and the moment it came: milliseconds of `performance.now`, since Fastify counts none without a log. */
export interface Visit {
  readonly reply: FastifyReply
  readonly began: number
}

/** A request has come. */
export function begin(reply: FastifyReply): Visit {
  return { reply, began: performance.now() }
}

/** What was asked, as far as it was understood. */
export type Asked = RequestLine | 'OPTIONS' | null

export class Tally {
  readonly #ports: TallyPorts

  constructor({ clock, metrics, failures }: TallyPorts) {
    this.#ports = { clock, metrics, failures }
  }

  /** An answer was made, and is about to be sent. Returns how long it took, seconds. */
  answered({ began }: Visit, asked: Asked, { status, documentStatus }: Told, restedSeconds = 0): number {
    const seconds = (performance.now() - began) / 1000
    const line = asked === 'OPTIONS' ? null : asked
    this.#ports.metrics.answered({
      command: asked === 'OPTIONS' ? asked : (line?.command ?? 'none'),
      version: line?.version ?? null,
      http: status,
      status: documentStatus ?? null,
      seconds,
      restedSeconds,
    })
    return seconds
  }

  /** An answer is on its way to the phone. */
  sent({ changedAt }: Answer): void {
    if (changedAt !== undefined) this.#ports.metrics.pushed((this.#ports.clock.now() - changedAt) / 1000)
  }

  failed({ device, command }: RequestLine, { account }: Principal, { failure, status, detail }: Trouble): void {
    this.#ports.failures.record({ account: account.id, device, command: command ?? 'none', failure, status, detail })
  }
}
