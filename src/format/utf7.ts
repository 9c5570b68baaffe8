// UTF-7 (RFC 2152), which no library reads any more and old mail still holds.
import { Buffer } from 'node:buffer'

/** UTF-7 as text. What is not well formed stays as it is. */
export function decodeUtf7(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return text.replace(/\+([A-Za-z0-9+/]*)-?/g, (whole, encoded: string) => {
    if (encoded === '') return whole === '+-' ? '+' : whole
    const octets = Buffer.from(encoded, 'base64')
    // Left-over bits pad the last unit; an odd octet is such padding too.
    return octets
      .subarray(0, octets.length & ~1)
      .swap16()
      .toString('utf16le')
  })
}
