// Which groups somebody belongs to, directly and through others.
import type { Filter } from 'ldapts'
import { dnKey, type LdapEntry } from './entry.ts'
import { all, any, equal, inChain } from './filters.ts'
import type { Schema } from './schema.ts'
import type { Servers } from './servers.ts'

/** A group by its name, and by where it is. */
export interface GroupName {
  readonly dn: string
  readonly name: string
}

/** Groups nest a few deep; a circle among them ends here. */
const depthMax = 10
/** More groups than these say nothing about anybody. */
const groupsMax = 2000
/** How many conditions a filter may have: servers refuse thousands. */
const conditionsMax = 100

const nameOf = (entry: LdapEntry): GroupName => ({ dn: entry.dn, name: entry.text('cn') ?? entry.dn })

/** The groups of one person. Rejects with DirectoryUnavailable. */
export async function groupsOf(servers: Servers, schema: Schema, person: LdapEntry): Promise<readonly GroupName[]> {
  const { flavour, groupBase } = schema
  if (flavour.name === 'activeDirectory') {
    const filter = all(flavour.groups, inChain('member', person.dn))
    return (await servers.search({ base: groupBase, filter, attributes: ['cn'], limit: groupsMax })).map(nameOf)
  }
  const found = new Map<string, GroupName>()
  const logins = schema.attributes.login.flatMap((attribute) => person.texts(attribute))
  let memberships: readonly Filter[] = [...holding(person.dn), ...logins.map((login) => equal('memberUid', login))]
  for (let depth = 0; depth < depthMax && memberships.length > 0 && found.size < groupsMax; depth++) {
    const next: Filter[] = []
    for (let from = 0; from < memberships.length; from += conditionsMax) {
      const filter = all(flavour.groups, any(...memberships.slice(from, from + conditionsMax)))
      for (const entry of await servers.search({ base: groupBase, filter, attributes: ['cn'], limit: groupsMax })) {
        if (found.has(dnKey(entry.dn))) continue
        found.set(dnKey(entry.dn), nameOf(entry))
        next.push(...holding(entry.dn))
      }
    }
    memberships = next
  }
  return [...found.values()].slice(0, groupsMax)
}

const holding = (dn: string): readonly Filter[] => [equal('member', dn), equal('uniqueMember', dn)]

/** All groups at once, for a look at everybody. */
export class GroupGraph {
  readonly #names = new Map<string, GroupName>()
  /** Of each member (a DN, or `uid:` and a login), the groups that hold it. */
  readonly #above = new Map<string, string[]>()
  readonly #closures = new Map<string, ReadonlySet<string>>()

  /** Rejects with DirectoryUnavailable. */
  static async read(servers: Servers, { flavour, groupBase }: Schema): Promise<GroupGraph> {
    const graph = new GroupGraph()
    const isActive = flavour.name === 'activeDirectory'
    const attributes = ['cn', ...(isActive ? ['memberOf'] : ['member', 'uniqueMember', 'memberUid'])]
    for (const entry of await servers.search({ base: groupBase, filter: flavour.groups, attributes })) {
      const key = dnKey(entry.dn)
      graph.#names.set(key, nameOf(entry))
      for (const above of entry.texts('memberOf')) graph.#join(key, dnKey(above))
      for (const member of [...entry.texts('member'), ...entry.texts('uniqueMember')]) graph.#join(dnKey(member), key)
      for (const login of entry.texts('memberUid')) graph.#join(`uid:${login.toLowerCase()}`, key)
    }
    return graph
  }

  #join(member: string, group: string): void {
    const groups = this.#above.get(member)
    if (groups === undefined) this.#above.set(member, [group])
    else groups.push(group)
  }

  /** The groups of somebody: `memberOf` are those he is in directly, where his entry tells. */
  of(person: LdapEntry, logins: readonly string[]): readonly GroupName[] {
    const direct = [
      ...person.texts('memberOf').map(dnKey),
      ...(this.#above.get(dnKey(person.dn)) ?? []),
      ...logins.flatMap((login) => this.#above.get(`uid:${login.toLowerCase()}`) ?? []),
    ]
    const reached = new Set(direct.flatMap((group) => [...this.#closure(group)]))
    return [...reached].slice(0, groupsMax).flatMap((key) => this.#names.get(key) ?? [])
  }

  /** A group with those above it. */
  #closure(group: string): ReadonlySet<string> {
    const known = this.#closures.get(group)
    if (known !== undefined) return known
    const reached = new Set([group])
    let layer: readonly string[] = [group]
    for (let depth = 1; depth < depthMax && layer.length > 0 && reached.size < groupsMax; depth++) {
      layer = layer.flatMap((each) => this.#above.get(each) ?? []).filter((each) => !reached.has(each))
      for (const each of layer) reached.add(each)
    }
    this.#closures.set(group, reached)
    return reached
  }
}
