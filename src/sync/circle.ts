// The circles in which phones are known to run, how much of each is ordinary, and what is said of the rest.

export type Circle = 'ping' | 'nothing' | 'repeat' | 'fresh' | 'provision' | 'unprovisioned' | 'refused' | 'hierarchy'

/** One turn of a circle: which one, and of what (a folder, or several; empty for what concerns the device). */
export interface Turn {
  readonly circle: Circle
  readonly subject: string
}

interface Measure {
  /** So many turns may come at once: a phone that is opened, set up, or has lost its network asks for a while. */
  readonly burst: number
  /** What a turn costs of the time that passes, seconds: whoever asks no more often goes on for ever. */
  readonly costSeconds: number
  /** The cause as an administrator reads it. */
  readonly words: string
}

/**
 * Each measure is well above what phones do that are in order: three retries of a lost reply, ten folders opened one after the other, a
 * thousand messages fetched in rounds, somebody who pulls at his list.
 */
export const circles: Readonly<Record<Circle, Measure>> = {
  ping: { burst: 10, costSeconds: 6, words: 'Ping is asked again as soon as it is answered' },
  nothing: { burst: 20, costSeconds: 3, words: 'Sync is asked again and again and brings nothing' },
  // The poisonous item is found at the eighth repeat.
  repeat: { burst: 12, costSeconds: 10, words: 'the same round is fetched again and again and never acknowledged' },
  fresh: { burst: 10, costSeconds: 60, words: 'a folder is begun from scratch again and again (SyncKey 0)' },
  provision: { burst: 12, costSeconds: 20, words: 'Provision goes round in circles' },
  unprovisioned: { burst: 30, costSeconds: 5, words: 'it is told to provision, and asks again without' },
  refused: { burst: 30, costSeconds: 5, words: 'it may not sync, and asks again as soon as it is told' },
  // Gmail begins from 0 with every refresh.
  hierarchy: { burst: 12, costSeconds: 10, words: 'the folder list is fetched again and again' },
}
