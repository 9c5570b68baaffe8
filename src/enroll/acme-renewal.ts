// Sees to it that there is a certificate of the ACME server, and another one in time; what goes wrong never costs the one there is.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { within, type Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import { orderCertificate, writePrivate, type AcmeServer } from './acme.ts'
import type { Prover } from './challenges.ts'

export interface AcmeRenewalParts {
  readonly server: AcmeServer
  readonly names: readonly string[]
  readonly prover: Prover
  /** Where key and certificate are kept. */
  readonly path: string
  readonly clock: Clock
  readonly log: Logger
  /** Told that there is another certificate. */
  readonly renewed: () => Promise<void>
}

/** Seconds. A day at most, since a certificate has a third of its life left when the first try is made. */
const backOff = { first: 300, most: 86_400 } as const
/** An order takes seconds, a hook minutes; whatever takes longer has failed. */
const orderSeconds = 1800
/** How often it is looked whether the time has come. */
const lookSeconds = 3600

/** Works until it is told to end; does not wait for an order that is under way. */
export function startAcmeRenewal({ server, names, prover, path, clock, log, renewed }: AcmeRenewalParts): () => void {
  const stop = new AbortController()
  const { signal } = stop
  let failures = 0

  async function renew(): Promise<void> {
    let failure: unknown = new Error(`no certificate within ${orderSeconds / 60} minutes`)
    const order = orderCertificate(server, dirname(path), names, prover).catch((error: unknown) => {
      failure = error
      return null
    })
    const pem = await within(clock, orderSeconds, order)
    if (signal.aborted) return
    if (pem === null) {
      failures += 1
      const again = pauseAfter(failures)
      // The whole error may hold request and answer; what it says is enough.
      const trouble = failure instanceof Error ? failure.message : String(failure)
      log.error({ names, trouble, nextTrySeconds: again }, 'the ACME server gave no certificate; the one in use stays')
      return
    }
    failures = 0
    await writePrivate(dirname(path), path, `${origin(server)}\n${pem}`)
    log.info({ names }, 'the ACME server gave a certificate')
    await renewed()
  }

  async function work(): Promise<void> {
    while (!signal.aborted) {
      const due = failures > 0 ? clock.now() : await dueAt(path, server, names)
      if (due <= clock.now()) await renew().catch((error: unknown) => log.error({ err: error }, 'the certificate could not be kept'))
      const wait = failures > 0 ? pauseAfter(failures) : lookSeconds
      const isOver = await clock.after(wait, signal).then(
        () => false,
        () => true,
      )
      if (isOver) return
    }
  }
  void work()
  return () => stop.abort()
}

const pauseAfter = (failures: number) => Math.min(backOff.most, backOff.first * 2 ** (failures - 1))

/** In front of the key: who gave it. Readers of PEM pass over it. */
const origin = ({ directory }: AcmeServer) => `ACME ${directory}`

/** When the certificate kept at `path` is to be replaced: after two thirds of its life; 0 where there is none for this server and these names. */
export async function dueAt(path: string, server: AcmeServer, names: readonly string[]): Promise<Instant> {
  const pem = await readFile(path, 'utf8').catch(() => '')
  if (!pem.startsWith(`${origin(server)}\n`)) return 0
  try {
    const certificate = new X509Certificate(pem)
    const borne = new Set((certificate.subjectAltName ?? '').toLowerCase().split(', '))
    if (!names.every((name) => borne.has(`dns:${name}`))) return 0
    const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
    return from + ((until - from) * 2) / 3
  } catch {
    // Not ours to understand: another one is asked for.
    return 0
  }
}
