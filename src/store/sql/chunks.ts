// Sources cut into rows, so that any range of a large message is read without the rest.
import type { Source } from '../../model/item.ts'
import { StoreFailure } from '../failure.ts'
import type { Connection } from './connection.ts'
import type { Value } from './dialect.ts'

/** Bytes per row. The last row holds what is left. */
export const chunkBytes = 256 * 1024

/** A table of chunks: the columns that name a source, and its rows (key…, seq, bytes). */
export interface ChunkTable {
  readonly insert: string
  readonly select: string
}

/** Parameters of both: the key's, then seq and bytes; the key's, then the first and the last seq. */
export const messageChunks: ChunkTable = {
  insert: 'insert into chunks (mailbox, content, seq, bytes) values ($1, $2, $3, $4)',
  select: 'select seq, bytes from chunks where mailbox = $1 and content = $2 and seq between $3 and $4 order by seq',
}

export const queueChunks: ChunkTable = {
  insert: 'insert into queue_chunks (number, seq, bytes) values ($1, $2, $3)',
  select: 'select seq, bytes from queue_chunks where number = $1 and seq between $2 and $3 order by seq',
}

/** Writes a source; its pieces are views of the caller's bytes, not copies. */
export async function writeChunks(connection: Connection, table: ChunkTable, key: readonly Value[], source: Uint8Array): Promise<void> {
  const pieces = Math.ceil(source.length / chunkBytes)
  await Promise.all(
    Array.from({ length: pieces }, (_, seq) =>
      connection.run(table.insert, [...key, seq, source.subarray(seq * chunkBytes, (seq + 1) * chunkBytes)]),
    ),
  )
}

/** A source in chunks. `connection` is asked at each read: a unit of work may have ended meanwhile. */
export function chunkedSource(connection: () => Connection, table: ChunkTable, key: readonly Value[], bytes: number): Source {
  return {
    bytes,
    async read(start, end) {
      const from = Math.max(0, Math.min(start, bytes))
      const to = Math.max(from, Math.min(end, bytes))
      if (from === to) return new Uint8Array(0)
      const first = Math.floor(from / chunkBytes)
      const last = Math.floor((to - 1) / chunkBytes)
      const rows = await connection().all<{ seq: number; bytes: Uint8Array }>(table.select, [...key, first, last])
      // The source went away between two reads: better no answer than half of one.
      if (rows.length !== last - first + 1) throw new StoreFailure('item-not-found', 'its source has been removed')
      const pieces = rows.map((row) => {
        const offset = row.seq * chunkBytes
        return row.bytes.subarray(Math.max(0, from - offset), Math.min(row.bytes.length, to - offset))
      })
      const [only] = pieces
      return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
    },
  }
}
