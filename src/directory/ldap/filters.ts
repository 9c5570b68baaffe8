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

export const equal = (attribute: string, value: string | Buffer): Filter => new EqualityFilter({ attribute, value })
export const present = (attribute: string): Filter => new PresenceFilter({ attribute })
export const startsWith = (attribute: string, initial: string): Filter => new SubstringFilter({ attribute, initial })
export const all = (...filters: readonly Filter[]): Filter =>
  filters.length === 1 && filters[0] !== undefined ? filters[0] : new AndFilter({ filters: [...filters] })
export const any = (...filters: readonly Filter[]): Filter =>
  filters.length === 1 && filters[0] !== undefined ? filters[0] : new OrFilter({ filters: [...filters] })
export const not = (filter: Filter): Filter => new NotFilter({ filter })

/** A filter of the configuration. Throws where it is none. */
export function parsed(filter: string): Filter {
  return FilterParser.parseString(filter)
}

/** LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS 3.1.1.3.4.4.3): through groups in groups, in the server. */
export function inChain(attribute: string, dn: string): Filter {
  return new ExtensibleFilter({ matchType: attribute, rule: '1.2.840.113556.1.4.1941', value: dn })
}
