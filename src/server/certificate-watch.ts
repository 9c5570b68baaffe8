// Keeps an eye on the server's certificate: another one is in use within moments, a broken one never.
import { watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Logger } from 'pino'
import type { CertificateKeeper } from '../enroll/certificate-keeper.ts'
import type { ServerCertificate } from '../enroll/authority.ts'
import type { Clock } from '../model/clock.ts'

export interface CertificateWatchParts {
  readonly keeper: CertificateKeeper
  /** The files somebody else writes; none where our own authority signs. */
  readonly paths: readonly string[]
  /** Puts a certificate into use for connections from now on. */
  readonly use: (certificate: ServerCertificate) => void
  readonly clock: Clock
  readonly log: Logger
}

export interface CertificateWatch {
  /** Looks now; never rejects. What cannot be used is logged, and the certificate in use stays. */
  look(): Promise<void>
  /** Ends once a look that is under way is done. */
  close(): Promise<void>
}

/** Folders on a network tell of nothing, and neither does a link that is changed two folders away. */
const pollSeconds = 60
/** Whoever writes one file writes the other one next. */
const settleSeconds = 1
/** So long a key and a certificate that do not fit are somebody's work in progress. */
const patienceSeconds = 30

/** Watches the files' folders: certbot and Kubernetes exchange links there, and a watch on a file would stay with the old one. */
export function watchCertificate({ keeper, paths, use, clock, log }: CertificateWatchParts): CertificateWatch {
  const stop = new AbortController()
  let looking: Promise<void> = Promise.resolve()
  let isExpected = false
  let trouble: { readonly sentence: string; readonly since: number; readonly isTold: boolean } | null = null

  async function refresh(): Promise<void> {
    try {
      const isNew = await keeper.refresh()
      if (trouble?.isTold === true) log.info('the certificate can be read again')
      trouble = null
      if (!isNew) return
      use(keeper.current)
      log.info({ until: new Date(keeper.current.until).toISOString() }, 'another certificate is in use')
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error)
      const since = trouble?.sentence === sentence ? trouble.since : clock.now()
      const isTold = trouble?.sentence === sentence && trouble.isTold
      const isLong = clock.now() - since >= patienceSeconds * 1000
      if (isLong && !isTold) log.error({ trouble: sentence }, 'the certificate cannot be used; the one in use stays')
      trouble = { sentence, since, isTold: isTold || isLong }
    }
  }

  const look = () => (looking = looking.then(refresh))

  /** One look for however many files are written within the time. */
  function expect(): void {
    if (isExpected) return
    isExpected = true
    const settled = clock.after(settleSeconds, stop.signal).then(
      () => {
        isExpected = false
        return look()
      },
      () => undefined,
    )
    void settled
  }

  const watchers = watchFolders(paths, expect, log)
  const polling = (async () => {
    while (await elapsed(clock, pollSeconds, stop.signal)) await look()
  })()
  return {
    look,
    close: async () => {
      stop.abort()
      for (const watcher of watchers) watcher.close()
      await Promise.all([polling, looking])
    },
  }
}

/** False once it is told to stop. */
function elapsed(clock: Clock, seconds: number, signal: AbortSignal): Promise<boolean> {
  return clock.after(seconds, signal).then(
    () => true,
    () => false,
  )
}

/** What cannot be watched is looked at now and then anyway. */
function watchFolders(paths: readonly string[], changed: () => void, log: Logger): FSWatcher[] {
  const names = new Set(paths.map((path) => basename(path)))
  return [...new Set(paths.map((path) => dirname(path)))].flatMap((folder) => {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        // Kubernetes exchanges a link called ..data, through which all files are reached.
        if (name === null || names.has(name) || name.startsWith('..')) changed()
      })
      watcher.on('error', (error) => log.debug({ err: error }, 'a folder of certificates is no longer watched'))
      return [watcher]
    } catch (error) {
      log.debug({ err: error }, 'a folder of certificates cannot be watched')
      return []
    }
  })
}
