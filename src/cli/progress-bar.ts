// The bar that shows how far a long action has come.
import { SingleBar } from 'cli-progress'
import type { Progress } from '../admin/action.ts'
import type { Format } from './print.ts'
import type { Shell } from './shell.ts'

export interface ProgressBar {
  readonly show: (progress: Progress) => void
  readonly stop: () => void
}

/** A bar on a terminal; elsewhere nothing, so that logs stay readable. */
export function progressBar(shell: Shell, { json }: Format): ProgressBar {
  if (shell.stderr.isTTY !== true || json === true) return { show: () => undefined, stop: () => undefined }
  const bar = new SingleBar({
    format: '{bar} {percentage} %  {eta_formatted} left',
    hideCursor: true,
    stream: shell.stderr,
  })
  let started = false
  return {
    show: ({ done, total }) => {
      if (!started) bar.start(total ?? 0, 0)
      started = true
      if (total !== null) bar.setTotal(total)
      bar.update(done)
    },
    stop: () => bar.stop(),
  }
}
