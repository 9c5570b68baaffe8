// The examination of the server's health: what an administrator would look at first, each with a verdict and a sentence.
import { statfs } from 'node:fs/promises'
import { connect } from 'node:net'
import { z } from 'zod'
import { within } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import type { Census } from '../store/census.ts'
import { reading, staff } from './action.ts'
import type { AdminHouse } from './house.ts'
import type { Vitals } from './vitals.ts'

export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

const patienceSeconds = 1
const directorySeconds = 3
const hour = 3_600_000
const day = 24 * hour
const queueAgeMax = hour
const certificateDaysMin = 14
/** The company's authority may need some time to sign another one. */
const authorityDaysMin = 60
/** Writes are refused below 64 MB: this is said before. */
const freeBytesMin = 1 << 30
/** Nothing this server can have seen happened before. */
const earliest = Date.UTC(2026, 0, 1)
const clockToleranceSeconds = 300

/** `2026-11-22 20:05 UTC`: sentences are read by people. */
const stamp = (instant: Instant) => `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`
const minutesText = (milliseconds: number) => {
  const minutes = Math.round(milliseconds / 60_000)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}

/** The store answers a question that reads many tables, and the queue is part of the answer. */
async function storeChecks({ store, clock }: AdminHouse): Promise<Check[]> {
  const began = performance.now()
  const census = await within(clock, patienceSeconds, store.census())
  const milliseconds = Math.round(performance.now() - began)
  if (census === null) return [{ name: 'store', ok: false, detail: `does not answer within ${patienceSeconds} s` }]
  return [{ name: 'store', ok: true, detail: `answers within ${milliseconds} ms` }, queueCheck(census, clock.now())]
}

function queueCheck({ queue: { length, oldestAt } }: Census, now: Instant): Check {
  const name = 'outbound queue'
  if (oldestAt === null) return { name, ok: true, detail: 'nothing waits to be sent' }
  const age = now - oldestAt
  return { name, ok: age < queueAgeMax, detail: `${length} waiting, the oldest for ${minutesText(age)}` }
}

async function diskCheck({ dataFolder }: AdminHouse): Promise<Check> {
  const name = 'disk space'
  try {
    const { bavail, bsize } = await statfs(dataFolder)
    const free = bavail * bsize
    return { name, ok: free >= freeBytesMin, detail: `${(free / 1e9).toFixed(1)} GB free in the data folder` }
  } catch {
    return { name, ok: false, detail: `the data folder ${dataFolder} cannot be looked at` }
  }
}

/** A clock that jumped shows in what is on record already: nothing there can come from the future. */
async function clockCheck({ clock, store }: AdminHouse): Promise<Check> {
  const name = 'clock'
  const now = clock.now()
  const newest = (await within(clock, patienceSeconds, store.audit.list({}, 1)))?.[0]?.at ?? null
  if (now < earliest) return { name, ok: false, detail: `says ${stamp(now)}, which is long past` }
  if (newest !== null && newest > now + clockToleranceSeconds * 1000) {
    return { name, ok: false, detail: `says ${stamp(now)}, but the audit log has an entry of ${stamp(newest)}` }
  }
  return { name, ok: true, detail: `says ${stamp(now)}` }
}

function certificateCheck({ certificateUntil }: Vitals, now: Instant): Check {
  const name = 'certificate'
  const until = certificateUntil()
  if (until === null) return { name, ok: true, detail: 'a proxy speaks TLS in front' }
  const days = Math.floor((until - now) / day)
  if (days < 0) return { name, ok: false, detail: `has expired ${stamp(until)}` }
  return { name, ok: days >= certificateDaysMin, detail: `valid until ${stamp(until)}, for ${days} ${days === 1 ? 'day' : 'days'}` }
}

/** An authority that ends takes every phone along that comes in by it. Of the company's nothing is said before its time. */
function authorityChecks({ certificates, vitals, clock }: AdminHouse): Check[] {
  const own = certificates.authority
  const others = (vitals?.authorities ?? []).filter(({ until }) => isSoon(until, clock.now()))
  return [...(own === null ? [] : [own]), ...others].map(({ name, until }) => ({
    name: 'client authority',
    ok: !isSoon(until, clock.now()),
    detail: until < clock.now() ? `${name} has ended ${stamp(until)}` : `${name} lets phones in until ${stamp(until)}`,
  }))
}

const isSoon = (until: Instant, now: Instant) => until - now < authorityDaysMin * day

function revocationChecks({ revocationTroubles }: Vitals): Check[] {
  return revocationTroubles().map((detail) => ({ name: 'revocations', ok: false, detail }))
}

function auditCheck({ auditSeen }: Vitals): Check {
  const name = 'audit log'
  const seen = auditSeen()
  if (seen === null) return { name, ok: true, detail: 'not looked through since the start; `easel audit verify` does it now' }
  if (seen.broken === null) return { name, ok: true, detail: `was whole at ${stamp(seen.at)}` }
  return { name, ok: false, detail: `is broken at entry ${seen.broken.number}: ${seen.broken.reason}` }
}

/** The directory answers now, its last look was believed, and found somebody in each group of the configuration. */
async function directoryCheck({ directory, clock }: AdminHouse): Promise<Check[]> {
  const name = 'directory'
  if (directory === null) return []
  const health = await within(clock, directorySeconds, directory.health())
  if (health === null) return [{ name, ok: false, detail: `does not answer within ${directorySeconds} s` }]
  const last = directory.last()
  const trouble = health.ok ? directory.trouble() : null
  const seen = health.ok && last !== null ? `; ${last.people} people at ${stamp(last.at)}` : ''
  const verdict = { ok: health.ok && trouble === null, detail: trouble ?? `${health.sentence}${seen}` }
  const memberless = last?.memberless ?? []
  return [{ name, ...verdict }, ...memberless.map((each) => ({ name: 'groups', ok: false, detail: each }))]
}

/** Knocks at every door that should be open. */
function listenerChecks({ listening }: Vitals): Promise<Check[]> {
  return Promise.all(
    listening.map(async ({ name, address, port }) => {
      const ok = await answers(address, port)
      return { name: `${name} listener`, ok, detail: ok ? `listens on port ${port}` : `nobody answers on port ${port}` }
    }),
  )
}

function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: address === '*' ? 'localhost' : address, timeout: patienceSeconds * 1000 })
    const end = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })
}

export const showHealth = reading(
  { input: z.object({}), about: 'Whether everything the server needs is there and in order.', roles: staff },
  async (house): Promise<{ checks: Check[] }> => {
    const { vitals, clock } = house
    const running: Check[] =
      vitals === null
        ? [{ name: 'server', ok: false, detail: 'does not run' }]
        : [
            { name: 'server', ok: true, detail: `runs since ${stamp(vitals.since)}` },
            ...(await listenerChecks(vitals)),
            certificateCheck(vitals, clock.now()),
            ...revocationChecks(vitals),
            auditCheck(vitals),
          ]
    return {
      checks: [
        ...running,
        ...authorityChecks(house),
        ...(await storeChecks(house)),
        ...(await directoryCheck(house)),
        await diskCheck(house),
        await clockCheck(house),
      ],
    }
  },
)
