// A bounded memory: what was used last stays, what was not for longest goes.

export class Recent<Value> {
  readonly #entries = new Map<string, Value>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  find(key: string): Value | null {
    const value = this.#entries.get(key)
    if (value === undefined) return null
    // A Map iterates in the order of insertion: what is used moves to the end, and the first is the one to go.
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  keep(key: string, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#most && oldest !== undefined) this.#entries.delete(oldest)
  }

  drop(key: string): void {
    this.#entries.delete(key)
  }

  dropWhere(isOut: (value: Value) => boolean): void {
    for (const [key, value] of this.#entries) if (isOut(value)) this.#entries.delete(key)
  }

  list(): Value[] {
    return [...this.#entries.values()]
  }

  clear(): void {
    this.#entries.clear()
  }
}
