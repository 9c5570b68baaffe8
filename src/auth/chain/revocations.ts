// Who knows of revocations: lists from files and addresses, and responders, each remembered for as long as it holds.
import { readFile, stat } from 'node:fs/promises'
import type { Logger } from 'pino'
import { within, type Clock } from '../../model/clock.ts'
import { Recent } from '../recent.ts'
import type { ReadCertificate } from './certificate.ts'
import type { Revocations, Standing } from './chain.ts'
import type { Fetcher } from './fetch.ts'
import { Kept, type Lasting } from './kept.ts'
import { httpUrls } from './names.ts'
import { askAbout, readAnswer, type ResponderAnswer } from './responder.ts'
import { coversCertificate, readList, type RevocationList } from './revocation-list.ts'

/** What an administrator says of one issuer, by its fingerprint; it goes before what its certificates say. */
export interface ConfiguredSources {
  /** A file, or an address. */
  readonly list: string | null
  readonly responder: string | null
}

export interface RevocationsOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly fetcher: Fetcher
  readonly refreshSeconds: number
  readonly configured: ReadonlyMap<string, ConfiguredSources>
}

/** With what is wrong with those that are configured, for the administrator. */
export interface WatchedRevocations extends Revocations {
  /** A sentence for each list and responder that was asked and told nothing that holds. */
  troubles(): readonly string[]
}

type Opinion = 'good' | 'revoked' | 'unknown' | 'unreachable'

/** A phone waits for a login no longer than this; whoever is asked goes on, and the next one finds the answer. */
const waitSeconds = 6
/** Of a certificate, of each kind. */
const sourcesMax = 3
const listsMax = 200
const answersMax = 20_000
/** Lists of a million entries have 40 MB; companies' have some kilobytes. */
const listBytesMax = 32 * 1024 * 1024
const answerBytesMax = 64 * 1024
const fileSeconds = 5

/** A list in a file is as old as the file. */
interface KeptList extends Lasting {
  readonly list: RevocationList
  readonly version: string | null
}

/** Whoever knows, asked by these means. */
export function createRevocations(options: RevocationsOptions): WatchedRevocations {
  const sources = new Sources(options)
  return {
    troubles: () => sources.troubles(),
    async standing(path) {
      const pairs = path.slice(0, -1).flatMap((certificate, index) => {
        const issuer = path[index + 1]
        return issuer === undefined ? [] : [{ certificate, issuer }]
      })
      const asked = pairs.map(async ({ certificate, issuer }) => ({ certificate, opinion: await sources.opinion(certificate, issuer) }))
      const opinions = await within(options.clock, waitSeconds, Promise.all(asked))
      return standingOf(opinions)
    },
  }
}

function standingOf(opinions: readonly { readonly certificate: ReadCertificate; readonly opinion: Opinion }[] | null): Standing {
  if (opinions === null) return { kind: 'unknown', reached: false, why: 'whoever tells what was revoked does not answer in time' }
  const revoked = opinions.find(({ opinion }) => opinion === 'revoked')
  if (revoked !== undefined) return { kind: 'revoked', at: revoked.certificate }
  if (opinions.some(({ opinion }) => opinion === 'unreachable')) {
    return { kind: 'unknown', reached: false, why: 'whoever tells what was revoked cannot be reached' }
  }
  if (opinions.some(({ opinion }) => opinion === 'unknown')) return { kind: 'unknown', reached: true, why: 'nobody tells what was revoked' }
  return { kind: 'good' }
}

class Sources {
  readonly #options: RevocationsOptions
  readonly #lists = new Recent<Kept<KeptList>>(listsMax)
  readonly #answers = new Recent<Kept<ResponderAnswer>>(answersMax)
  /** Of sources that are configured: whatever else is asked, a stranger named. */
  readonly #troubles = new Map<string, string>()
  readonly #named: ReadonlySet<string | null>

  constructor(options: RevocationsOptions) {
    this.#options = options
    this.#named = new Set(options.configured.values().flatMap(({ list, responder }) => [list, responder]))
  }

  troubles(): readonly string[] {
    return Array.from(this.#troubles, ([source, reason]) => `${source} does not tell what was revoked: ${reason}`)
  }

  #note(source: string, error: unknown): void {
    if (error === null || !this.#named.has(source)) this.#troubles.delete(source)
    else this.#troubles.set(source, reasonOf(error))
  }

  /** One after the other, until somebody knows: what is configured, a responder, the lists that the certificate names. */
  async opinion(certificate: ReadCertificate, issuer: ReadCertificate): Promise<Opinion> {
    const { list, responder } = this.#options.configured.get(issuer.fingerprint) ?? { list: null, responder: null }
    const responders = responder === null ? certificate.responderUrls.slice(0, sourcesMax) : [responder]
    const lists = list === null ? httpUrls(certificate.listNames).slice(0, sourcesMax) : []
    let best: Opinion = 'unknown'
    const ask = [
      ...(list === null ? [] : [() => this.#byList(list, certificate, issuer)]),
      ...responders.map((url) => () => this.#byResponder(url, certificate, issuer)),
      ...lists.map((url) => () => this.#byList(url, certificate, issuer)),
    ]
    for (const each of ask) {
      const opinion = await each()
      if (opinion === 'good' || opinion === 'revoked') return opinion
      if (opinion === 'unreachable') best = opinion
    }
    return best
  }

  async #byList(source: string, certificate: ReadCertificate, issuer: ReadCertificate): Promise<Opinion> {
    const known = await this.#list(source, issuer).ask()
    if (known.answer === null) return 'unreachable'
    const { list } = known.answer
    // Whoever was revoked stays so, however old the list is; who was not may have been meanwhile.
    if (list.revoked.has(certificate.serial)) return 'revoked'
    if (!known.isCurrent) return 'unreachable'
    return coversCertificate(list, certificate) ? 'good' : 'unknown'
  }

  async #byResponder(url: string, certificate: ReadCertificate, issuer: ReadCertificate): Promise<Opinion> {
    const known = await this.#answer(url, certificate, issuer).ask()
    if (known.answer === null) return 'unreachable'
    if (known.answer.state === 'revoked') return 'revoked'
    return known.isCurrent ? known.answer.state : 'unreachable'
  }

  #list(source: string, issuer: ReadCertificate): Kept<KeptList> {
    const isFile = !/^https?:/i.test(source)
    return this.#kept(this.#lists, `${issuer.fingerprint} ${source}`, {
      source,
      isNear: isFile,
      refreshSeconds: isFile ? fileSeconds : this.#options.refreshSeconds,
      learn: (known) => (isFile ? fromFile(source, known, issuer) : this.#fromAddress(source, issuer)),
    })
  }

  #answer(url: string, { serial }: ReadCertificate, issuer: ReadCertificate): Kept<ResponderAnswer> {
    const { clock, fetcher, refreshSeconds } = this.#options
    const learn = async () => {
      const question = askAbout(serial, issuer)
      const bytes = await fetcher.fetch({ url, bytesMax: answerBytesMax, body: question.bytes, type: 'application/ocsp-request' })
      return readAnswer(bytes, question, issuer, clock.now())
    }
    return this.#kept(this.#answers, `${issuer.fingerprint} ${serial} ${url}`, { source: url, isNear: false, refreshSeconds, learn })
  }

  #kept<Answer extends Lasting>(
    all: Recent<Kept<Answer>>,
    key: string,
    { source, ...how }: { source: string; isNear: boolean; refreshSeconds: number; learn: (known: Answer | null) => Promise<Answer> },
  ): Kept<Answer> {
    const known = all.find(key)
    if (known !== null) return known
    const { clock, log } = this.#options
    const failed = (error: unknown) => log.warn({ source, reason: reasonOf(error) }, 'what was revoked cannot be learned')
    const asked = (error: unknown) => this.#note(source, error)
    const kept = new Kept<Answer>({ clock, failed, asked, ...how })
    all.keep(key, kept)
    return kept
  }

  async #fromAddress(url: string, issuer: ReadCertificate): Promise<KeptList> {
    return listOf(await this.#options.fetcher.fetch({ url, bytesMax: listBytesMax }), null, issuer)
  }
}

async function fromFile(path: string, known: KeptList | null, issuer: ReadCertificate): Promise<KeptList> {
  const { mtimeMs, size, ino } = await stat(path)
  const version = `${mtimeMs} ${size} ${ino}`
  return known?.version === version ? known : listOf(await readFile(path), version, issuer)
}

function listOf(bytes: Uint8Array, version: string | null, issuer: ReadCertificate): KeptList {
  const list = readList(bytes, issuer)
  return { list, version, from: list.from, until: list.until }
}

/** Nothing of what was fetched: a sentence of ours, or the system's. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return error.cause instanceof Error && error.message === 'fetch failed' ? error.cause.message : error.message
}
