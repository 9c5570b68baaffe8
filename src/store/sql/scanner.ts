// Long reads on another thread: a search through a large mailbox must not hold up everybody's Ping.
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StoreFailure } from '../failure.ts'
import type { Value } from './dialect.ts'

/** A read that the scanning thread is asked for. */
export interface ScanRequest {
  readonly number: number
  readonly sql: string
  readonly parameters: readonly Value[]
}

export type ScanAnswer =
  | { readonly number: number; readonly rows: readonly unknown[] }
  | { readonly number: number; readonly error: Error & { readonly errcode?: unknown } }

/** Beside this file, in TypeScript or compiled as this file is. */
const workerFile = new URL(`./scan-worker${extname(import.meta.url)}`, import.meta.url)

/** One thread with a read connection of its own, started at the first read. */
export class Scanner {
  readonly #path: string
  readonly #waiting = new Map<number, PromiseWithResolvers<readonly unknown[]>>()
  #worker: Worker | null = null
  #number = 0
  #closed = false

  constructor(path: string) {
    this.#path = path
  }

  async all<Row>(sql: string, parameters: readonly Value[]): Promise<readonly Row[]> {
    if (this.#closed) throw new StoreFailure('unavailable', 'the store is closed')
    const worker = (this.#worker ??= this.#start())
    const answer = Promise.withResolvers<readonly unknown[]>()
    this.#number += 1
    this.#waiting.set(this.#number, answer)
    // Only a read under way keeps the process from ending.
    worker.ref()
    worker.postMessage({ number: this.#number, sql, parameters } satisfies ScanRequest)
    return (await answer.promise) as readonly Row[]
  }

  #start(): Worker {
    const worker = new Worker(workerFile, { workerData: this.#path })
    worker.on('message', (answer: ScanAnswer) => {
      const waiting = this.#waiting.get(answer.number)
      this.#waiting.delete(answer.number)
      if (this.#waiting.size === 0) worker.unref()
      if ('rows' in answer) waiting?.resolve(answer.rows)
      else waiting?.reject(answer.error)
    })
    worker.on('error', (error) => this.#lose(worker, error))
    worker.on('exit', () => this.#lose(worker, new Error('the scanning thread has ended')))
    return worker
  }

  /** Whoever waits is told; the next read starts another thread. */
  #lose(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = null
    for (const { reject } of this.#waiting.values()) reject(new StoreFailure('unavailable', 'the search was cut off', { cause: error }))
    this.#waiting.clear()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
  }
}
