// The filters that are asked with. They are built of classes, never of text: what people type stays a value.
import {
  AndFilter,
  EqualityFilter,
  ExtensibleFilter,
  FilterParser,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
  type Filter,
} from 'ldapts'
import { ConfigError } from '../../setting.ts'

export const equal = (attribute: string, value: string | Buffer): Filter => new EqualityFilter({ attribute, value })
export const present = (attribute: string): Filter => new PresenceFilter({ attribute })
export const startsWith = (attribute: string, initial: string): Filter => new SubstringFilter({ attribute, initial })
export const endsWith = (attribute: string, final: string): Filter => new SubstringFilter({ attribute, final })
export const all = (...filters: readonly Filter[]): Filter =>
  filters.length === 1 && filters[0] !== undefined ? filters[0] : new AndFilter({ filters: [...filters] })
export const any = (...filters: readonly Filter[]): Filter =>
  filters.length === 1 && filters[0] !== undefined ? filters[0] : new OrFilter({ filters: [...filters] })
export const not = (filter: Filter): Filter => new NotFilter({ filter })

/** A filter of the configuration; null for none. Throws a ConfigError where it is no filter. */
export function configured(setting: string, filter: string | null): Filter | null {
  if (filter === null) return null
  try {
    return FilterParser.parseString(filter)
  } catch (error) {
    throw new ConfigError(`directory.${setting} is no LDAP filter (RFC 4515): check its parentheses and operators.`, { cause: error })
  }
}

/** LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS 3.1.1.3.4.4.3): through groups in groups, in the server. */
export function inChain(attribute: string, dn: string): Filter {
  return new ExtensibleFilter({ matchType: attribute, rule: '1.2.840.113556.1.4.1941', value: dn })
}
