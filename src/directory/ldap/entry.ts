// An entry as an LDAP server tells it, read without regard to the case of attributes, their options, and how many values there are.
import type { Entry } from 'ldapts'

export class LdapEntry {
  readonly dn: string
  readonly #values = new Map<string, readonly (string | Buffer)[]>()

  constructor({ dn, ...attributes }: Entry) {
    this.dn = dn
    for (const [name, value] of Object.entries(attributes)) {
      const values = Array.isArray(value) ? value : [value]
      // `userCertificate;binary` and `member;range=0-1499` are the attribute before the semicolon.
      if (values.length > 0) this.#values.set(plain(name), [...(this.#values.get(plain(name)) ?? []), ...values])
    }
  }

  /** The first value that is not blank; null where there is none. */
  text(attribute: string): string | null {
    return this.texts(attribute)[0] ?? null
  }

  /** All values that are not blank. */
  texts(attribute: string): readonly string[] {
    const values = this.#values.get(plain(attribute)) ?? []
    return values.map((value) => value.toString('utf8').trim()).filter((value) => value !== '')
  }

  bytes(attribute: string): readonly Buffer[] {
    const values = this.#values.get(plain(attribute)) ?? []
    return values.map((value) => (typeof value === 'string' ? Buffer.from(value, 'utf8') : value)).filter(({ length }) => length > 0)
  }

  /** The first value of the first of these attributes that has one. */
  first(attributes: readonly string[]): string | null {
    for (const attribute of attributes) {
      const value = this.text(attribute)
      if (value !== null) return value
    }
    return null
  }

  isOf(objectClasses: readonly string[]): boolean {
    const own = new Set(this.texts('objectClass').map((each) => each.toLowerCase()))
    return objectClasses.some((each) => own.has(each.toLowerCase()))
  }
}

function plain(attribute: string): string {
  return (attribute.split(';', 1)[0] ?? attribute).toLowerCase()
}

/** A DN for comparison: servers write the same one in several ways. */
export function dnKey(dn: string): string {
  return dn
    .replaceAll(/\\([0-9a-f]{2})/gi, (escape, hex: string) => {
      const character = String.fromCodePoint(Number.parseInt(hex, 16))
      return /[,+"\\<>;=# ]/.test(character) ? `\\${character}` : escape
    })
    .replaceAll(/\s*([,+=])\s*/g, '$1')
    .toLowerCase()
}
