// A small directory in memory: people with passwords, who come, go, and are shut out.
import { DirectoryUnavailable, type BindOutcome, type DirectoryUser, type LoginDirectory } from '../../src/directory/directory.ts'

export class Roll implements LoginDirectory {
  readonly #people = new Map<string, { user: DirectoryUser; password: string }>()
  isDown = false
  binds = 0

  /** Adds somebody called `name`, or changes him; his password is `name` and an exclamation mark at first. */
  put(name: string, change: Partial<DirectoryUser> = {}, password?: string): DirectoryUser {
    const known = this.#people.get(name)
    const fresh: DirectoryUser = {
      id: `id-${name}`,
      displayName: name,
      addresses: [`${name}@example.com`],
      groups: [],
      state: 'good',
      enabled: true,
      passwordStamp: 'first',
    }
    const user = { ...(known?.user ?? fresh), ...change }
    this.#people.set(name, { user, password: password ?? known?.password ?? `${name}!` })
    return user
  }

  remove(name: string): void {
    this.#people.delete(name)
  }

  async find(login: string): Promise<DirectoryUser | null> {
    this.#answer()
    const name = login.trim().toLowerCase()
    const people = [...this.#people].filter(([own, { user }]) => own === name || user.addresses.includes(name))
    return people.length === 1 ? (people[0]?.[1].user ?? null) : null
  }

  async byId(id: string): Promise<DirectoryUser | null> {
    this.#answer()
    return [...this.#people.values()].find(({ user }) => user.id === id)?.user ?? null
  }

  async bind(user: DirectoryUser, password: string): Promise<BindOutcome> {
    this.#answer()
    this.binds++
    const known = [...this.#people.values()].find(({ user: { id } }) => id === user.id)
    if (password === '' || known?.password !== password) return 'wrong'
    return known.user.state === 'good' ? 'right' : known.user.state
  }

  async *users(): AsyncIterable<DirectoryUser> {
    this.#answer()
    for (const { user } of this.#people.values()) yield user
  }

  #answer(): void {
    if (this.isDown) throw new DirectoryUnavailable('it is down')
  }
}
