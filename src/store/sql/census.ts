// The census in SQL: four counts, none of which reads a row into this process for each device.
import type { Instant } from '../../model/id.ts'
import type { WipeState } from '../../model/wipe.ts'
import type { Census, DeviceGroup } from '../census.ts'
import type { Connection } from './connection.ts'

/** Counts everything; a long table is read off this thread. */
export async function takeCensus(connection: Connection): Promise<Census> {
  const member = (name: string) => connection.dialect.member('information', name)
  const devices = await connection.scan<DeviceGroup>(
    `select access, version, type, model, os, count(*) as count
     from (select access, version, type, ${member('model')} as model, ${member('os')} as os from devices) d
     group by access, version, type, model, os order by count(*) desc`,
  )
  const accounts = await connection.get<{ count: number }>('select count(*) as count from accounts')
  const wipes = await connection.all<{ state: WipeState; count: number; open: number }>(
    'select state, count(*) as count, count(*) - count(ended_at) as open from wipes group by state',
  )
  const queue = await connection.get<{ count: number; oldest: Instant | null }>(
    'select count(*) as count, min(queued_at) as oldest from queue',
  )
  return {
    accounts: accounts?.count ?? 0,
    devices,
    wipes: new Map(wipes.map(({ state, count }) => [state, count])),
    openWipes: wipes.reduce((sum, { open }) => sum + open, 0),
    queue: { length: queue?.count ?? 0, oldestAt: queue?.oldest ?? null },
  }
}
