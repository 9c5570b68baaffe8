// A bounded memory: what was used last stays, what was not for longest goes.
import { keepLatest } from '../model/bounded.ts'

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
    keepLatest(this.#entries, key, value, this.#most)
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
