// What is wrong with bytes that are no WBXML document of ours.

/** Malformed WBXML, or WBXML beyond the limits. MS-ASCMD 2.2.2: Status 102, HTTP 400 before 14.0. */
export class WireError extends Error {
  override readonly name = 'WireError'
}
