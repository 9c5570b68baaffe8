// Who speaks to us over a socket, and whose word about somebody else is believed.
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** The networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. */
export class Peers {
  readonly #trusted: BlockList
  readonly #loopback = networkList(['loopback'])
  /** False if nobody is trusted. */
  readonly any: boolean

  /** Throws if one of them is no address or network; the configuration has checked that. */
  constructor(networks: readonly string[]) {
    this.any = networks.length > 0
    this.#trusted = networkList(networks)
  }

  /** Whether `address` is a declared proxy. */
  trusts(address: string | undefined): boolean {
    return this.any && contains(this.#trusted, address)
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
    // The last entry is the one our own proxy wrote.
    return (
      said
        .slice(said.lastIndexOf(',') + 1)
        .trim()
        .toLowerCase() === 'http'
    )
  }
}

/** An address without the IPv6 wrapping that dual-stack sockets give IPv4. */
export function plainAddress(address: string): string {
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
