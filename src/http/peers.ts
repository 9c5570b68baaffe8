// Who speaks to us over a socket, and whose word about somebody else is believed.
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** The networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. */
export class Peers {
  readonly #trusted: BlockList
  readonly #loopback = networkList(['loopback'])
  readonly #hops: number
  /** False if nobody is trusted. */
  readonly any: boolean

  /**
   * `hops` says how many proxies of ours there are, one behind the other; 0 to count those whose addresses are declared. Throws if one
   * of `networks` is no address or network; the configuration has checked that.
   */
  constructor(networks: readonly string[], hops = 0) {
    this.any = networks.length > 0
    this.#trusted = networkList(networks)
    this.#hops = hops
  }

  /** Whether `address` is a declared proxy. */
  trusts(address: string | undefined): boolean {
    return this.any && contains(this.#trusted, address)
  }

  /**
   * Whether what `address` says of the address before it is believed. `distance` counts from the socket (0) through the entries of
   * `X-Forwarded-For`, the last one first: what a client wrote himself stands further away than any proxy of ours.
   */
  vouches(address: string, distance: number): boolean {
    return distance === 0 || this.#hops === 0 ? this.trusts(address) : distance < this.#hops
  }

  isLoopback(address: string | undefined): boolean {
    return contains(this.#loopback, address)
  }

  /** Whether `address` may speak plain HTTP to us: this machine, or a declared proxy. */
  mayBePlain(address: string | undefined): boolean {
    return this.isLoopback(address) || this.trusts(address)
  }

  /** Whether a declared proxy says that the phone spoke plain HTTP to it. */
  cameInTheClear(request: IncomingMessage): boolean {
    const said = request.headers['x-forwarded-proto']
    if (typeof said !== 'string' || !this.trusts(request.socket.remoteAddress)) return false
    // The last entries are those our own proxies wrote.
    const ours = said.split(',').slice(-Math.max(1, this.#hops))
    return ours.some((scheme) => scheme.trim().toLowerCase() === 'http')
  }
}

/**
 * An address without the IPv6 wrapping that dual-stack sockets give IPv4, and without the port that some proxies write behind it in
 * `X-Forwarded-For` (IIS, Azure): with it, each connection would come from somewhere else.
 */
export function plainAddress(address: string): string {
  // Nearly all are one of these two.
  if (!address.includes(':')) return address
  if (address.startsWith('::ffff:')) return unwrapped(address)
  const [, bare = address] = /^\[([\da-f:.]+)\](?::\d{1,5})?$/i.exec(address) ?? /^([\d.]+):\d{1,5}$/.exec(address) ?? []
  return unwrapped(bare)
}

function unwrapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function contains(list: BlockList, address: string | undefined): boolean {
  if (address === undefined) return false
  const plain = plainAddress(address)
  const family = isIP(plain)
  return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks.flatMap((each) => (each === 'loopback' ? ['127.0.0.0/8', '::1'] : [each]))) {
    const [host = '', prefix] = network.split('/')
    const family = isIP(host) === 4 ? 'ipv4' : 'ipv6'
    if (prefix === undefined) list.addAddress(host, family)
    else list.addSubnet(host, Number(prefix), family)
  }
  return list
}
