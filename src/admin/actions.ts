// The table of what an administrator can do: the shell, the console and the REST interface all call these.
import type { z } from 'zod'
import { setAbsence, setOwnAbsence, showAbsence, showOwnAbsence } from './absences.ts'
import { addAccount, changeAccount, disableAccount, enableAccount, listAccounts, setPassword, showAccount } from './accounts.ts'
import {
  addAdministrator,
  disableAdministrator,
  enableAdministrator,
  listAdministrators,
  removeAdministrator,
  setAdministratorPassword,
  setAdministratorRole,
} from './administrators.ts'
import { previewAccess, showAccess, writeAccess } from './access.ts'
import {
  createAppPassword,
  createOwnAppPassword,
  listAppPasswords,
  listOwnAppPasswords,
  revokeAppPassword,
  revokeOwnAppPassword,
} from './app-passwords.ts'
import { exportAudit, listAudit, verifyAudit } from './audit.ts'
import { backUp } from './backup.ts'
import { beginAuthority, importAuthority, requestAuthority, showAuthority, showRevocationList } from './certificate-authority.ts'
import { issueCertificate, listCertificates, revokeCertificates, showCertificate } from './certificates.ts'
import { allowDevice, blockDevice, judgeDevice, quarantineDevice } from './device-access.ts'
import { listDevices, removeDevice, renameDevice, resyncDevice, revealDevicePassword, showDevice } from './devices.ts'
import { syncDirectory, testDirectory } from './directory.ts'
import { showHealth } from './health.ts'
import { importIntoFolder } from './mail.ts'
import { cancelOwnWipe, listOwnDevices, listOwnWipes, renameOwnDevice, revealOwnPassword, wipeOwnDevice } from './me.ts'
import { listErrors, showOverview } from './overview.ts'
import { lookIntoMirror } from './mirror-look.ts'
import { listPolicies, previewPolicy, removePolicy, showPolicy, writePolicy } from './policies.ts'
import {
  createProfile,
  linkOwnProfile,
  linkProfile,
  listOwnCertificates,
  listProfileKinds,
  makeOwnProfile,
  revokeOwnCertificate,
} from './profiles.ts'
import { listQueue } from './queue.ts'
import { exportFolder, importFile } from './records.ts'
import { resetSecondFactor } from './second-factor.ts'
import { createToken, listTokens, revokeToken } from './tokens.ts'
import { listTraces, showTimeline, startTrace, stopTrace } from './traces.ts'
import { setOwnWhereabouts, showOwnWhereabouts } from './whereabouts.ts'
import { approveWipe, cancelWipe, listWipes, showWipeRules, wipeDevice } from './wipes.ts'

export const actions = {
  'account.add': addAccount,
  'account.list': listAccounts,
  'account.show': showAccount,
  'account.password': setPassword,
  'account.disable': disableAccount,
  'account.enable': enableAccount,
  'account.set': changeAccount,
  'account.absence': showAbsence,
  'account.absence.set': setAbsence,
  'account.app-passwords': listAppPasswords,
  'account.app-password.create': createAppPassword,
  'account.app-password.revoke': revokeAppPassword,
  'directory.test': testDirectory,
  'directory.sync': syncDirectory,
  'overview.show': showOverview,
  'health.show': showHealth,
  'mirror.look': lookIntoMirror,
  'device.list': listDevices,
  'device.show': showDevice,
  'device.errors': listErrors,
  'device.timeline': showTimeline,
  'device.remove': removeDevice,
  'device.allow': allowDevice,
  'device.block': blockDevice,
  'device.quarantine': quarantineDevice,
  'device.judge': judgeDevice,
  'device.rename': renameDevice,
  'device.resync': resyncDevice,
  'device.password': revealDevicePassword,
  'device.wipe': wipeDevice,
  'wipe.rules': showWipeRules,
  'wipe.list': listWipes,
  'wipe.approve': approveWipe,
  'wipe.cancel': cancelWipe,
  'policy.list': listPolicies,
  'policy.show': showPolicy,
  'policy.preview': previewPolicy,
  'policy.set': writePolicy,
  'policy.remove': removePolicy,
  'access.show': showAccess,
  'access.preview': previewAccess,
  'access.set': writeAccess,
  'admin.list': listAdministrators,
  'admin.add': addAdministrator,
  'admin.password': setAdministratorPassword,
  'admin.role': setAdministratorRole,
  'admin.disable': disableAdministrator,
  'admin.enable': enableAdministrator,
  'admin.remove': removeAdministrator,
  'factor.reset': resetSecondFactor,
  'token.list': listTokens,
  'token.create': createToken,
  'token.revoke': revokeToken,
  'ca.show': showAuthority,
  'ca.init': beginAuthority,
  'ca.request': requestAuthority,
  'ca.import': importAuthority,
  'ca.issue': issueCertificate,
  'ca.list': listCertificates,
  'ca.certificate': showCertificate,
  'ca.revoke': revokeCertificates,
  'ca.crl': showRevocationList,
  'audit.list': listAudit,
  'audit.export': exportAudit,
  'audit.verify': verifyAudit,
  'me.devices': listOwnDevices,
  'me.wipes': listOwnWipes,
  'me.rename': renameOwnDevice,
  'me.wipe': wipeOwnDevice,
  'me.cancel': cancelOwnWipe,
  'me.password': revealOwnPassword,
  'me.profile.link': linkOwnProfile,
  'me.profile.create': makeOwnProfile,
  'me.certificates': listOwnCertificates,
  'me.certificate.revoke': revokeOwnCertificate,
  'profile.kinds': listProfileKinds,
  'profile.link': linkProfile,
  'profile.create': createProfile,
  'me.app-passwords': listOwnAppPasswords,
  'me.app-password.create': createOwnAppPassword,
  'me.app-password.revoke': revokeOwnAppPassword,
  'me.absence': showOwnAbsence,
  'me.absence.set': setOwnAbsence,
  'me.whereabouts': showOwnWhereabouts,
  'me.whereabouts.set': setOwnWhereabouts,
  'mail.import': importIntoFolder,
  'records.import': importFile,
  'records.export': exportFolder,
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
