// The addresses of the console's pages, with every name in them encoded.

type Words = Readonly<Record<string, string | number | null>>

/** A path of these segments. */
export function pathOf(...segments: readonly string[]): string {
  return `/${segments.map(encodeURIComponent).join('/')}`
}

/** A path with a query; what is null or empty is left out. */
export function withQuery(path: string, words: Words): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(words)) if (value !== null && value !== '') query.set(name, String(value))
  return query.size === 0 ? path : `${path}?${query.toString()}`
}

/** A device's page, or one below it. */
export function devicePath({ account, id }: { readonly account: string; readonly id: string }, ...below: readonly string[]): string {
  return pathOf('devices', account, idSegment(id), ...below)
}

/** A phone may call itself `..`, which every browser takes for the folder above; a colon stands in no id. */
export function idSegment(id: string): string {
  return /^\.{1,2}$/.test(id) ? `:${id}` : id
}

/** The device a path is about. */
export function deviceOf({ account = '', device = '' }: Readonly<Record<string, string>>): { account: string; device: string } {
  return { account, device: device.replace(/^:/, '') }
}

/** An account's page, or one below it. */
export function accountPath(address: string, ...below: readonly string[]): string {
  return pathOf('accounts', address, ...below)
}

/** A policy's page, or one below it. */
export function policyPath(name: string, ...below: readonly string[]): string {
  return pathOf('policies', 'named', name, ...below)
}
