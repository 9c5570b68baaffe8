// Entries of a directory as LDIF (RFC 2849), for the tools that load a whole directory at once.

type Value = string | Uint8Array

/** The attributes of an entry; an option such as `;binary` stands in the name. */
export type Attributes = Readonly<Record<string, Value | readonly Value[]>>

/** A value as it stands in a distinguished name (RFC 4514 2.4). */
export function escapeDn(value: string): string {
  return value
    .replaceAll(/[,+"\\<>;=]/g, '\\$&')
    .replace(/^[# ]/, '\\$&')
    .replace(/ $/, '\\ ')
}

function line(name: string, value: Value): string {
  // What is not safe to stand as it is stands in base64.
  const isSafe = typeof value === 'string' && /^([!-9;=-~][ -~]*)?$/.test(value) && !value.endsWith(' ')
  return isSafe ? `${name}: ${value}` : `${name}:: ${Buffer.from(value).toString('base64')}`
}

/** An entry to be added. */
export function entry(dn: string, attributes: Attributes): string {
  const lines = Object.entries(attributes).flatMap(([name, values]) => {
    const several: readonly Value[] = typeof values === 'string' || values instanceof Uint8Array ? [values] : values
    return several.map((value) => line(name, value))
  })
  return `${[line('dn', dn), ...lines].join('\n')}\n\n`
}

/** Changes of one entry: each attribute gets these values, and no others; none take it away. */
export function replacement(dn: string, attributes: Attributes): string {
  const changes = Object.entries(attributes).map(([name, values]) => {
    const several: readonly Value[] = typeof values === 'string' || values instanceof Uint8Array ? [values] : values
    return [`replace: ${name}`, ...several.map((value) => line(name, value)), '-'].join('\n')
  })
  return `${[line('dn', dn), 'changetype: modify', ...changes].join('\n')}\n\n`
}
