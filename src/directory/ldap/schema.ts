// What is known of a directory once it was looked at: its kind, its bases, its attributes, and how it spells its domain.
import type { DirectoryConfig } from '../../config.ts'
import { everything, attributesOf, flavourOf, flavours, rootAttributes, type AttributeNames, type Flavour } from './flavour.ts'
import { all, equal } from './filters.ts'
import type { Filter } from 'ldapts'
import { DirectoryUnavailable } from '../directory.ts'
import type { Servers } from './servers.ts'

export interface Schema {
  readonly flavour: Flavour
  readonly attributes: AttributeNames
  readonly base: string
  readonly groupBase: string
  readonly people: Filter
  /** What stands before the backslash, lower case; null where any will do. */
  readonly domain: string | null
}

export type SchemaSettings = Pick<DirectoryConfig, 'flavour' | 'attributes' | 'base' | 'groupBase' | 'domain'> & {
  readonly people: Filter | null
}

/** Looks at the directory. Rejects with DirectoryUnavailable. */
export async function readSchema(servers: Servers, settings: SchemaSettings): Promise<Schema> {
  const [root] = await servers.search({ base: '', scope: 'base', filter: everything, attributes: rootAttributes, limit: 1 })
  if (root === undefined) throw new DirectoryUnavailable('the directory does not say what it is: its rootDSE may not be read')
  const flavour = settings.flavour === 'auto' ? flavourOf(root) : flavours[settings.flavour]
  const base = settings.base ?? root.first(['defaultNamingContext', 'namingContexts'])
  if (base === null) throw new DirectoryUnavailable('the directory does not say where its entries are: set directory.base')
  return {
    flavour,
    attributes: attributesOf(flavour, settings.attributes),
    base,
    groupBase: settings.groupBase ?? base,
    people: settings.people ?? flavour.people,
    domain:
      (
        settings.domain ?? (await domainOf(servers, flavour, root.text('configurationNamingContext'), root.text('defaultNamingContext')))
      )?.toLowerCase() ?? null,
  }
}

/** MS-ADTS 6.1.1.2.1.1: the cross reference of the domain tells its NetBIOS name. */
async function domainOf(servers: Servers, flavour: Flavour, configuration: string | null, naming: string | null): Promise<string | null> {
  if (flavour.name !== 'activeDirectory' || configuration === null || naming === null) return null
  const filter = all(equal('objectClass', 'crossRef'), equal('nCName', naming))
  const [found] = await servers.search({
    base: `CN=Partitions,${configuration}`,
    scope: 'one',
    filter,
    attributes: ['nETBIOSName'],
    limit: 2,
  })
  return found?.text('nETBIOSName') ?? null
}
