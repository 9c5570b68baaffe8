// The table of what an administrator can do: the shell, the console and the REST interface all call these.
import type { z } from 'zod'
import { addAccount, changeAccount, disableAccount, enableAccount, listAccounts, setPassword } from './accounts.ts'
import { backUp } from './backup.ts'
import { listDevices, removeDevice, showDevice } from './devices.ts'
import { importIntoFolder } from './mail.ts'
import { listQueue } from './queue.ts'
import { listTraces, startTrace, stopTrace } from './traces.ts'

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
  'mail.import': importIntoFolder,
  'queue.list': listQueue,
  'trace.start': startTrace,
  'trace.stop': stopTrace,
  'trace.list': listTraces,
  'store.backup': backUp,
} as const

export type ActionName = keyof typeof actions
/** What a caller gives, before it is validated. */
export type ActionInput<Name extends ActionName> = z.input<(typeof actions)[Name]['input']>
export type ActionOutput<Name extends ActionName> = Awaited<ReturnType<(typeof actions)[Name]['run']>>
