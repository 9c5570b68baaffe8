// Puts together who notices password spraying, and who is told.
import type { Logger } from 'pino'
import { SprayWatch, type Spraying } from '../auth/spraying.ts'
import type { Config } from '../config.ts'
import type { Notices } from '../mail/notice.ts'
import type { Metrics } from '../metrics.ts'
import type { Clock } from '../model/clock.ts'
import type { Audit } from '../store/audit.ts'

export interface SprayingParts {
  readonly audit: Audit
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly notices: Notices
}

const words = {
  accounts: 'The passwords of many people are guessed from one network.',
  password: 'One password is tried over the accounts of many people.',
} as const

/** The log, the audit log, the figures and the administrators of `admin.notify` are told when it begins, and of every account that is opened. */
export function openSprayWatch({ auth, admin }: Pick<Config, 'auth' | 'admin'>, parts: SprayingParts): SprayWatch {
  const { audit, clock, log, metrics, notices } = parts
  const { accountsPerNetwork, accountsPerPassword } = auth
  return new SprayWatch({
    clock,
    accountsPerNetwork,
    accountsPerPassword,
    told: (spraying, what) => {
      const { kind, networks, tried, attempts, since, opened } = spraying
      log.warn(
        { kind, networks, tried, attempts, opened: opened.length },
        what === 'began' ? words[kind] : 'somebody came in while passwords were sprayed',
      )
      if (what === 'began') metrics.sprayed(kind)
      const [origin = null] = networks
      const detail = { kind, networks, tried, attempts, opened }
      const action = what === 'began' ? 'login.spraying' : 'login.spraying.opened'
      audit
        .append({ at: clock.now(), actor: 'somebody', role: 'user', origin, action, target: opened.at(-1) ?? null, detail })
        .catch((error: unknown) => log.error({ err: error, kind }, 'password spraying could not be written into the audit log'))
      const occasion = `spraying ${kind} ${since} ${opened.join(' ')}`
      const letter = { subject: subjectOf(spraying), text: textOf(spraying), occasion }
      void notices.send(admin.notify.map((to) => ({ to, ...letter })))
    },
  })
}

function subjectOf({ opened }: Spraying): string {
  return opened.length === 0 ? 'Passwords are being guessed' : 'A guessed password may have been right'
}

function textOf({ kind, networks, tried, opened }: Spraying): string {
  return [
    words[kind],
    `${tried} people so far, from ${networks.join(', ')}. Strangers there wait longer and longer; phones in use are not touched.`,
    ...(opened.length === 0
      ? []
      : [`Somebody came in meanwhile as ${opened.join(', ')}: ask whether it was they themselves, and change the password if not.`]),
    'The overview of the console shows how it goes on.',
    '',
  ].join('\n')
}
