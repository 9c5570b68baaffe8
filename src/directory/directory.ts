// The directory port: who there is in the company, who may log in, and what the address book shows of them.

/** The directory does not answer, or not in time. The answer upwards is "later", never "no". */
export class DirectoryUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable'
}

/** What the address book shows of a person, group or room. What there is none of is null; nothing is ever an empty text. */
export interface DirectoryEntry {
  /** Opaque and lasting, through renames and moves: objectGUID, entryUUID, or the id of an account of ours. */
  readonly id: string
  readonly kind: 'person' | 'group' | 'resource'
  readonly displayName: string
  /** The primary address, lower case; null for who has none. */
  readonly address: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly alias: string | null
  readonly title: string | null
  readonly company: string | null
  readonly office: string | null
  readonly phone: string | null
  readonly homePhone: string | null
  readonly mobilePhone: string | null
}

export interface DirectoryPage {
  readonly entries: readonly DirectoryEntry[]
  /** How many there are in all, as far as the directory was willing to count. */
  readonly total: number
}

/** A part of what was found, both ends included, from 0. */
export interface DirectoryRange {
  readonly from: number
  readonly to: number
}

/** The address book: the GAL. Every method rejects with DirectoryUnavailable, and with nothing else that is expected. */
export interface AddressBook {
  /**
   * Ambiguous name resolution: who matches `text` by the beginning of a name, an alias or an address, in the order of their names. Hidden
   * entries, and those of other domains where domains are kept apart, are found by nobody. A text that is too short finds nobody.
   * `asker` is the primary address of who asks.
   */
  search(text: string, range: DirectoryRange, asker: string): Promise<DirectoryPage>
  /** JPEG or PNG bytes; null where there is none. */
  photo(id: string): Promise<Uint8Array | null>
  /** Certificates for mail (S/MIME), DER, those that are valid longest first. */
  certificates(id: string): Promise<readonly Uint8Array[]>
  /** The members of a group, those of groups in it included, at most `limit`; `total` counts all. Empty for who is no group. */
  members(id: string, limit: number, asker: string): Promise<DirectoryPage>
}

/** Somebody of the directory as login sees him. */
export interface DirectoryUser {
  /** As in DirectoryEntry. */
  readonly id: string
  readonly displayName: string
  /** Lower case, the primary one first; empty for who has no mail: he has no account here. */
  readonly addresses: readonly string[]
  /** The names of the groups he belongs to, directly or through others. */
  readonly groups: readonly string[]
  /**
   * `disabled`, `expired` and `locked` are of the account, `password-expired` and `password-must-change` of its password. Some
   * directories tell some of them only when somebody logs in.
   */
  readonly state: 'good' | 'disabled' | 'expired' | 'locked' | 'password-expired' | 'password-must-change'
  /** Whether it is among those who may synchronise (by group, by attribute, or everybody). */
  readonly enabled: boolean
  /** Another value as soon as the password was changed; null where the directory does not tell. */
  readonly passwordStamp: string | null
}

export type BindOutcome = 'right' | 'wrong' | Exclude<DirectoryUser['state'], 'good'>

/** Who may log in. Every method rejects with DirectoryUnavailable, and with nothing else that is expected. */
export interface LoginDirectory {
  /** By uid, mail address, userPrincipalName or `DOMAIN\user`, in any letter case; null for nobody, and for a name that several have. */
  find(login: string): Promise<DirectoryUser | null>
  byId(id: string): Promise<DirectoryUser | null>
  /** Proves a password. An empty one is wrong, and the directory is not asked: LDAP would take it for an anonymous bind. */
  bind(user: DirectoryUser, password: string): Promise<BindOutcome>
  /** Everybody, for the job that keeps accounts known; breaks off with DirectoryUnavailable. */
  users(): AsyncIterable<DirectoryUser>
}

/** One directory, for both. */
export interface Directory extends AddressBook, LoginDirectory {
  /** Whether it answers, for the administrator: a sentence. */
  health(): Promise<{ readonly ok: boolean; readonly sentence: string }>
  close(): Promise<void>
}
