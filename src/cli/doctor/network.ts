// The network as the doctor sees it: names, service records, and where a name and a port lead.
import { lookup, Resolver } from 'node:dns/promises'

/** Where to knock. */
export interface Target {
  readonly host: string
  readonly port: number
}

export interface Network {
  /** The addresses of a name; none if it has none. */
  addresses(host: string): Promise<readonly string[]>
  /** The servers that a service record names, the best one first; none if there is no record. Rejects where nobody can be asked. */
  services(name: string): Promise<readonly Target[]>
  /** Where a connection to `target` really goes. */
  route(target: Target): Target
}

/** DNS says "there is none" in these ways; everything else means that nobody could be asked. */
const nothing = new Set(['ENOTFOUND', 'ENODATA'])

/** Without an answer in this time nobody can be asked. */
const resolver = new Resolver({ timeout: 3000, tries: 2 })

export const systemNetwork: Network = {
  addresses: async (host) => {
    try {
      return (await lookup(host, { all: true })).map(({ address }) => address)
    } catch {
      return []
    }
  },
  services: async (name) => {
    try {
      const records = await resolver.resolveSrv(name)
      return records
        .toSorted((one, other) => one.priority - other.priority || other.weight - one.weight)
        .map((record) => ({ host: record.name.toLowerCase().replace(/\.$/, ''), port: record.port }))
    } catch (error) {
      if (error instanceof Error && 'code' in error && nothing.has(String(error.code))) return []
      throw error
    }
  },
  route: (target) => target,
}
