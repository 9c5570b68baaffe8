// Dates as header fields show them.
import type { Instant } from '../model/id.ts'

/** RFC 5322 3.3, in UTC. */
export function headerDate(at: Instant): string {
  return new Date(at).toUTCString().replace('GMT', '+0000')
}
