// The address book in a YAML file: people, groups and rooms without an account here, and more about those who have one.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { ConfigError } from '../setting.ts'
import type { DirectoryEntry } from './directory.ts'

/** An entry with what belongs to it. */
export interface ListedEntry {
  readonly entry: DirectoryEntry
  /** Whether the address book shows neither it nor the account that has its address. */
  readonly hidden: boolean
  readonly photo: Uint8Array | null
  /** DER. */
  readonly certificates: readonly Uint8Array[]
  /** Addresses; of groups only. */
  readonly members: readonly string[]
}

const line = z.string('must be text').trim().min(1, 'must not be empty').max(256, 'is longer than 256 characters')
const address = line.regex(/^[^\s@<>"(),:;[\]\\]+@[^\s@<>"(),:;[\]\\]+$/, 'must be an address such as name@example.com').toLowerCase()
const optional = line.nullable().default(null)

const entrySchema = z.strictObject({
  name: line,
  kind: z.enum(['person', 'group', 'resource'], 'must be person, group or resource').default('person'),
  address: address.nullable().default(null),
  firstName: optional,
  lastName: optional,
  alias: optional,
  title: optional,
  company: optional,
  office: optional,
  phone: optional,
  homePhone: optional,
  mobilePhone: optional,
  hidden: z.boolean('must be true or false').default(false),
  photo: optional,
  certificates: z.array(line, 'must be a list of files').default([]),
  members: z.array(address, 'must be a list of addresses').default([]),
})
const fileSchema = z.strictObject({ entries: z.array(entrySchema, 'must be a list') }, 'must hold `entries:`, a list')

/** Reads the file; pictures and certificates are files beside it. Throws a ConfigError with a sentence for each trouble. */
export function readListed(path: string): readonly ListedEntry[] {
  const read = fileSchema.safeParse(parsed(path))
  if (!read.success) {
    throw new ConfigError(read.error.issues.map((issue) => `${path}: ${issue.path.join('.')} ${issue.message}.`).join('\n'))
  }
  const beside = (name: string) => bytesOf(resolve(dirname(path), name), path)
  return read.data.entries.map(({ name, hidden, photo, certificates, members, ...fields }) => ({
    entry: { ...fields, id: `file:${fields.address ?? name.toLowerCase()}`, displayName: name },
    hidden,
    photo: photo === null ? null : beside(photo),
    certificates: certificates.map((file) => der(beside(file))),
    members,
  }))
}

function parsed(path: string): unknown {
  const source = Buffer.from(bytesOf(path, 'directory.file (EASEL_DIRECTORY_FILE)')).toString('utf8')
  try {
    return parse(source)
  } catch (error) {
    throw new ConfigError(`${path} is not YAML: ${error instanceof Error ? (error.message.split(/:?\n/, 1)[0] ?? '') : ''}.`, {
      cause: error,
    })
  }
}

function bytesOf(path: string, namedBy: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ConfigError(`${namedBy} names ${path}, which cannot be read: check the path and its permissions.`, { cause: error })
  }
}

/** A certificate file is DER, or PEM around it. */
function der(bytes: Uint8Array): Uint8Array {
  const body = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END/.exec(Buffer.from(bytes).toString('latin1'))?.[1]
  return body === undefined ? bytes : Buffer.from(body, 'base64')
}
