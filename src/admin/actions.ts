// The table of what an administrator can do: the shell, the console and the REST interface all call these.
import type { z } from 'zod'
import { addAccount, changeAccount, disableAccount, enableAccount, listAccounts, setPassword } from './accounts.ts'
import { previewAccess, showAccess, writeAccess } from './access.ts'
import { exportAudit, listAudit, verifyAudit } from './audit.ts'
import { backUp } from './backup.ts'
import { allowDevice, blockDevice, judgeDevice, listDevices, removeDevice, renameDevice, resyncDevice, showDevice } from './devices.ts'
import { showHealth } from './health.ts'
import { importIntoFolder } from './mail.ts'
import { cancelOwnWipe, listOwnDevices, listOwnWipes, renameOwnDevice, wipeOwnDevice } from './me.ts'
import { listErrors, showOverview } from './overview.ts'
import { listPolicies, removePolicy, showPolicy, writePolicy } from './policies.ts'
import { listQueue } from './queue.ts'
import { listTraces, showTimeline, startTrace, stopTrace } from './traces.ts'
import { approveWipe, cancelWipe, listWipes, wipeDevice } from './wipes.ts'

export const actions = {
  'account.add': addAccount,
  'account.list': listAccounts,
  'account.password': setPassword,
  'account.disable': disableAccount,
  'account.enable': enableAccount,
  'account.set': changeAccount,
  'device.list': listDevices,
  'device.show': showDevice,
  'device.remove': removeDevice,
  'device.allow': allowDevice,
  'device.block': blockDevice,
  'device.judge': judgeDevice,
  'device.rename': renameDevice,
  'device.resync': resyncDevice,
  'device.wipe': wipeDevice,
  'device.errors': listErrors,
  'device.timeline': showTimeline,
  'wipe.list': listWipes,
  'wipe.approve': approveWipe,
  'wipe.cancel': cancelWipe,
  'policy.list': listPolicies,
  'policy.show': showPolicy,
  'policy.set': writePolicy,
  'policy.remove': removePolicy,
  'access.show': showAccess,
  'access.preview': previewAccess,
  'access.set': writeAccess,
  'audit.list': listAudit,
  'audit.export': exportAudit,
  'audit.verify': verifyAudit,
  'me.devices': listOwnDevices,
  'me.wipes': listOwnWipes,
  'me.rename': renameOwnDevice,
  'me.wipe': wipeOwnDevice,
  'me.cancel': cancelOwnWipe,
  'mail.import': importIntoFolder,
  'queue.list': listQueue,
  'trace.start': startTrace,
  'trace.stop': stopTrace,
  'trace.list': listTraces,
  'store.backup': backUp,
  'overview.show': showOverview,
  'health.show': showHealth,
} as const

export type ActionName = keyof typeof actions
/** What a caller gives, before it is validated. */
export type ActionInput<Name extends ActionName> = z.input<(typeof actions)[Name]['input']>
export type ActionOutput<Name extends ActionName> = Awaited<ReturnType<(typeof actions)[Name]['run']>>
