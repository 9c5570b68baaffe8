// The directory port over a real directory, without a server around it.
import { pino } from 'pino'
import { loadConfig } from '../../../src/config.ts'
import type { Directory } from '../../../src/directory/directory.ts'
import { systemClock } from '../../../src/model/clock.ts'
import { createLdapDirectory } from '../../../src/directory/ldap.ts'
import { settingsFor, type Company } from './company.ts'

/** Opened as the settings say; nothing is asked before a question is. */
export function openPort(company: Company, settings: Readonly<Record<string, string>> = {}): Directory {
  const environment = { EASEL_DATA: '/nonexistent', ...settingsFor(company), ...settings }
  const { directory } = loadConfig({ file: null, environment, directory: '/' })
  return createLdapDirectory({ config: directory, clock: systemClock, log: pino({ level: 'silent' }) })
}
