// The REST interface as a table: where each action is called.
import type { ActionName } from './actions.ts'

export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the interface's own path; `{name}` is the field of the action's input of that name. */
  readonly path: string
  /** 201 in place of 200. */
  readonly creates?: true
  /** The action's pages, one after the other, as lines of JSON; `next` is the input of the page after one that ends with `last`. */
  readonly lines?: { readonly most: number; readonly next: (last: unknown) => Readonly<Record<string, unknown>> }
}

/** Imports and backup name files of the server and take minutes, an export is all that somebody has, and the doctor is the shell's: who may do that has a shell on it (`shellOnly`). */
export type RestAction = Exclude<ActionName, 'mail.import' | 'records.import' | 'records.export' | 'store.backup' | 'mirror.look'>

const device = '/accounts/{account}/devices/{device}'

const afterNumber = (last: unknown) => ({
  from: typeof last === 'object' && last !== null && 'number' in last ? Number(last.number) + 1 : 1,
})

export const restRoutes: Readonly<Record<RestAction, RestRoute>> = {
  'account.list': { method: 'GET', path: '/accounts' },
  'account.show': { method: 'GET', path: '/accounts/{address}' },
  'account.add': { method: 'POST', path: '/accounts', creates: true },
  'account.set': { method: 'PATCH', path: '/accounts/{address}' },
  'account.password': { method: 'PUT', path: '/accounts/{address}/password' },
  'account.disable': { method: 'POST', path: '/accounts/{address}/disable' },
  'account.enable': { method: 'POST', path: '/accounts/{address}/enable' },
  'account.absence': { method: 'GET', path: '/accounts/{address}/absence' },
  'account.absence.set': { method: 'PUT', path: '/accounts/{address}/absence' },
  'account.app-passwords': { method: 'GET', path: '/accounts/{address}/app-passwords' },
  'account.app-password.create': { method: 'POST', path: '/accounts/{address}/app-passwords', creates: true },
  'account.app-password.revoke': { method: 'DELETE', path: '/accounts/{address}/app-passwords/{name}' },

  'overview.show': { method: 'GET', path: '/overview' },
  'health.show': { method: 'GET', path: '/health' },

  'device.list': { method: 'GET', path: '/devices' },
  'device.show': { method: 'GET', path: device },
  'device.errors': { method: 'GET', path: `${device}/errors` },
  'device.timeline': { method: 'GET', path: `${device}/timeline` },
  'device.remove': { method: 'DELETE', path: device },
  'device.rename': { method: 'PUT', path: `${device}/label` },
  'device.allow': { method: 'POST', path: `${device}/allow` },
  'device.block': { method: 'POST', path: `${device}/block` },
  'device.quarantine': { method: 'POST', path: `${device}/quarantine` },
  'device.judge': { method: 'POST', path: `${device}/judge` },
  'device.password': { method: 'POST', path: `${device}/password` },
  'device.resync': { method: 'POST', path: `${device}/resync` },
  'device.wipe': { method: 'POST', path: `${device}/wipe`, creates: true },

  'wipe.rules': { method: 'GET', path: '/wipes/rules' },
  'wipe.list': { method: 'GET', path: '/wipes' },
  'wipe.approve': { method: 'POST', path: '/wipes/{id}/approve' },
  'wipe.cancel': { method: 'POST', path: '/wipes/{id}/cancel' },

  'policy.list': { method: 'GET', path: '/policies' },
  'policy.show': { method: 'GET', path: '/policies/{name}' },
  'policy.set': { method: 'PUT', path: '/policies/{name}' },
  'policy.remove': { method: 'DELETE', path: '/policies/{name}' },
  'policy.preview': { method: 'POST', path: '/policies/{name}/preview' },

  'access.show': { method: 'GET', path: '/access' },
  'access.set': { method: 'PUT', path: '/access' },
  'access.preview': { method: 'POST', path: '/access/preview' },

  'trace.list': { method: 'GET', path: '/traces' },
  'trace.start': { method: 'POST', path: `${device}/trace`, creates: true },
  'trace.stop': { method: 'DELETE', path: '/traces' },

  'directory.test': { method: 'GET', path: '/directory' },
  'directory.sync': { method: 'POST', path: '/directory/sync' },
  'queue.list': { method: 'GET', path: '/queue' },

  'ca.show': { method: 'GET', path: '/ca' },
  'ca.init': { method: 'POST', path: '/ca', creates: true },
  'ca.request': { method: 'POST', path: '/ca/request' },
  'ca.import': { method: 'POST', path: '/ca/import' },
  'ca.crl': { method: 'GET', path: '/ca/crl' },
  'ca.list': { method: 'GET', path: '/certificates' },
  'ca.issue': { method: 'POST', path: '/certificates', creates: true },
  'ca.revoke': { method: 'POST', path: '/certificates/revoke' },
  'ca.certificate': { method: 'GET', path: '/certificates/{serial}' },

  'audit.list': { method: 'GET', path: '/audit' },
  'audit.verify': { method: 'GET', path: '/audit/verify' },
  'audit.export': { method: 'GET', path: '/audit/export', lines: { most: 1000, next: afterNumber } },

  'admin.list': { method: 'GET', path: '/administrators' },
  'admin.add': { method: 'POST', path: '/administrators', creates: true },
  'admin.password': { method: 'PUT', path: '/administrators/{name}/password' },
  'admin.role': { method: 'PUT', path: '/administrators/{name}/role' },
  'admin.disable': { method: 'POST', path: '/administrators/{name}/disable' },
  'admin.enable': { method: 'POST', path: '/administrators/{name}/enable' },
  'admin.remove': { method: 'DELETE', path: '/administrators/{name}' },
  'factor.reset': { method: 'DELETE', path: '/second-factors/{person}' },

  'token.list': { method: 'GET', path: '/tokens' },
  'token.create': { method: 'POST', path: '/tokens', creates: true },
  'token.revoke': { method: 'DELETE', path: '/tokens/{name}' },

  'me.devices': { method: 'GET', path: '/me/devices' },
  'me.rename': { method: 'PUT', path: '/me/devices/{device}/label' },
  'me.password': { method: 'POST', path: '/me/devices/{device}/password' },
  'me.wipe': { method: 'POST', path: '/me/devices/{device}/wipe', creates: true },
  'me.app-passwords': { method: 'GET', path: '/me/app-passwords' },
  'me.app-password.create': { method: 'POST', path: '/me/app-passwords', creates: true },
  'me.app-password.revoke': { method: 'DELETE', path: '/me/app-passwords/{name}' },
  'me.absence': { method: 'GET', path: '/me/absence' },
  'me.absence.set': { method: 'PUT', path: '/me/absence' },
  'me.whereabouts': { method: 'GET', path: '/me/whereabouts' },
  'me.whereabouts.set': { method: 'PATCH', path: '/me/whereabouts' },
  'me.wipes': { method: 'GET', path: '/me/wipes' },
  'me.cancel': { method: 'POST', path: '/me/wipes/{id}/cancel' },
  'me.profile.link': { method: 'POST', path: '/me/profile/link', creates: true },
  'me.profile.create': { method: 'POST', path: '/me/profile', creates: true },
  'me.certificates': { method: 'GET', path: '/me/certificates' },
  'me.certificate.revoke': { method: 'POST', path: '/me/certificates/{serial}/revoke' },

  'profile.kinds': { method: 'GET', path: '/profile/kinds' },
  'profile.link': { method: 'POST', path: '/accounts/{address}/profile/link', creates: true },
  'profile.create': { method: 'POST', path: '/accounts/{address}/profile', creates: true },
}

/** The fields that a path names. */
export function fieldsOf(path: string): string[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, field = '']) => field)
}
