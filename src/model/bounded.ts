// Maps that outsiders fill: they never grow beyond a size.

/** Keeps a value as the latest. A Map iterates in the order of insertion: beyond `most`, what was kept first goes first. */
export function keepLatest<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
