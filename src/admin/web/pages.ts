// All pages of the console, as one table for whoever serves them.
import { absenceRoutes } from './absence.ts'
import { accessRoutes } from './access.ts'
import { accountProfileRoutes } from './account-profile.ts'
import { accountAppPasswordRoutes } from './account-app-passwords.ts'
import { accountRoutes } from './account.ts'
import { accountsRoutes } from './accounts.ts'
import { administratorsRoutes } from './administrators.ts'
import { auditRoutes } from './audit.ts'
import { bulkRoutes } from './bulk.ts'
import { certificatesRoutes } from './certificates.ts'
import { deviceActRoutes } from './device-acts.ts'
import { deviceWipeRoutes } from './device-wipe.ts'
import { deviceRoutes } from './device.ts'
import { devicesRoutes } from './devices.ts'
import { healthRoutes } from './health.ts'
import { meAppPasswordRoutes } from './me-app-passwords.ts'
import { meRoutes } from './me.ts'
import { ownPhoneRoutes } from './own-phone.ts'
import { overviewRoutes } from './overview.ts'
import { policiesRoutes } from './policies.ts'
import { policyEditorRoutes } from './policy-editor.ts'
import { queueRoutes } from './queue.ts'
import { recoveryRoutes } from './recovery.ts'
import type { PageRoute } from './route.ts'
import { timelineRoutes } from './timeline.ts'
import { tokensRoutes } from './tokens.ts'
import { whereaboutsRoutes } from './whereabouts.ts'
import { wipesRoutes } from './wipes.ts'

export const pages: readonly PageRoute[] = [
  ...overviewRoutes,
  ...devicesRoutes,
  ...bulkRoutes,
  ...deviceRoutes,
  ...deviceActRoutes,
  ...deviceWipeRoutes,
  ...timelineRoutes,
  ...accountsRoutes,
  ...accountRoutes,
  ...accountProfileRoutes,
  ...accountAppPasswordRoutes,
  ...absenceRoutes,
  ...whereaboutsRoutes,
  ...wipesRoutes,
  ...policiesRoutes,
  ...policyEditorRoutes,
  ...accessRoutes,
  ...certificatesRoutes,
  ...queueRoutes,
  ...healthRoutes,
  ...auditRoutes,
  ...administratorsRoutes,
  ...tokensRoutes,
  ...meRoutes,
  ...ownPhoneRoutes,
  ...meAppPasswordRoutes,
  ...recoveryRoutes,
]
