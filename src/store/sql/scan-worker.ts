// The scanning thread: answers one read after another from its own connection.
import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from './database.ts'
import type { ScanAnswer, ScanRequest } from './scanner.ts'

const connection = openReader(String(workerData))

async function answer({ number, sql, parameters }: ScanRequest): Promise<ScanAnswer> {
  try {
    return { number, rows: await connection.all(sql, parameters) }
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error))
    // The clone of an Error loses what node:sqlite adds to it.
    return { number, error: Object.assign(new Error(failure.message), { errcode: 'errcode' in failure ? failure.errcode : undefined }) }
  }
}

parentPort?.on('message', (request: ScanRequest) => {
  void answer(request).then((message) => parentPort?.postMessage(message))
})
