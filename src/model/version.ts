// The protocol versions, oldest first.

export const protocolVersions = ['2.5', '12.0', '12.1', '14.0', '14.1', '16.0', '16.1'] as const
export type ProtocolVersion = (typeof protocolVersions)[number]

/** Reads a version as a header gives it ("14.1"; AOSP may send "2.5"); null if there is no such version. */
export function parseVersion(text: string): ProtocolVersion | null {
  const trimmed = text.trim()
  return protocolVersions.find((version) => version === trimmed) ?? null
}

/** MS-ASHTTP 2.2.1.1.1.1.2: byte 0 of a base64 query is the version times ten. */
export function versionOfByte(byte: number): ProtocolVersion | null {
  return protocolVersions.find((version) => Math.round(Number(version) * 10) === byte) ?? null
}

/** Whether `version` is `first` or later. Only schemas and the dialect table ask this. */
export function isSince(version: ProtocolVersion, first: ProtocolVersion): boolean {
  return protocolVersions.indexOf(version) >= protocolVersions.indexOf(first)
}
