// Text messages that some phones sync uninvited (Galaxy S3 and its kin): accepted, and forgotten.
import { createHash } from 'node:crypto'
import type { Folder } from '../../model/folder.ts'
import { serverId, type Identity } from '../../model/id.ts'
import type { ClientChange } from './class.ts'

/** Counters never come so far: what bears such a number is no item. */
const firstInvented = 2 ** 52

/** An Add of class SMS. The phone gets an id, or it would send the message again for ever; nothing stands behind it. */
export function ignoredSms(folder: Folder, identity: Identity): ClientChange {
  const number = firstInvented + createHash('sha256').update(identity).digest().readUIntBE(0, 6)
  return { apply: () => Promise.resolve({ id: serverId(folder.id, number) }) }
}
