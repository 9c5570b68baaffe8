// What bounds a command, and the configuration it comes from.
import type { Config } from '../config.ts'

/** Limits a command obeys. */
export interface Limits {
  readonly windowSizeMax: number
  readonly collectionsMax: number
  readonly pingFoldersMax: number
  readonly heartbeatSecondsMin: number
  readonly heartbeatSecondsMax: number
  /** Budget of one answer's item contents, bytes. */
  readonly answerBytesMax: number
  readonly messageBytesMax: number
  readonly recipientsMax: number
  /** Entries one account may be shown in a minute. */
  readonly addressBookPerMinute: number
  /** How long a Sync may look for changes before it says MoreAvailable, seconds. */
  readonly syncSeconds: number
}

/** The limits that the configuration sets. */
export function limitsOf({ protocol, mail, messageBytesMax }: Config): Limits {
  const { answerMegabytesMax, ...rest } = protocol
  return { ...rest, answerBytesMax: answerMegabytesMax * 1024 * 1024, messageBytesMax, recipientsMax: mail.recipientsMax }
}

/** The longest request body. A message travels as it is, or in base64 within a draft; beside it stand recipients and a little WBXML. */
export function bodyBytesMax({ messageBytesMax }: Config): number {
  return Math.ceil((messageBytesMax * 4) / 3) + 1024 * 1024
}
