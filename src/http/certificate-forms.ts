// The forms in which reverse proxies write a client certificate into a header.

/** What a proxy is told to write, by whose habit it is. */
export interface FormReader {
  /** The certificate, and those above it where they come along; empty for what is not of this form. */
  readonly certificate: (text: string) => readonly Uint8Array[]
  /** A header with those above it; empty for what is not of this form. */
  readonly chain: (text: string) => readonly Uint8Array[]
}

/** RFC 9440 2.2: Byte Sequences of RFC 8941. */
const sequence = /^:([A-Za-z0-9+/]+={0,2}):$/
const base64 = /^[A-Za-z0-9+/]+={0,2}$/
/** Line breaks are blanks by the time they are in a header. */
const pem = /^(\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+\s*$/
const pemPart = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

function fromSequence(text: string): readonly Uint8Array[] {
  const content = sequence.exec(text)?.[1]
  return content === undefined ? [] : [bytes(content)]
}

function fromSequences(text: string): readonly Uint8Array[] {
  const all = text.split(',').map((part) => fromSequence(part.trim()))
  return all.some((found) => found.length === 0) ? [] : all.flat()
}

function fromPem(text: string): readonly Uint8Array[] {
  return pem.test(text) ? Array.from(text.matchAll(pemPart), ([, content = '']) => bytes(content)) : []
}

function fromEscapedPem(text: string): readonly Uint8Array[] {
  try {
    return fromPem(decodeURIComponent(text))
  } catch {
    return []
  }
}

function fromBase64(text: string): readonly Uint8Array[] {
  return base64.test(text) ? [bytes(text)] : []
}

/** HAProxy writes them one behind the other. */
function fromBase64Row(text: string): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  let rest = fromBase64(text)[0] ?? new Uint8Array()
  while (rest.length > 0) {
    const length = derLength(rest)
    if (length === null || length > rest.length) return []
    found.push(rest.subarray(0, length))
    rest = rest.subarray(length)
  }
  return found
}

/** How long the SEQUENCE at the beginning is, its head included; null if there is none. */
function derLength([tag, first = 0, second = 0, third = 0]: Uint8Array): number | null {
  if (tag !== 0x30) return null
  if (first < 0x80) return 2 + first
  if (first === 0x81) return 3 + second
  return first === 0x82 ? 4 + second * 256 + third : null
}

export const certificateForms = {
  rfc9440: { certificate: fromSequence, chain: fromSequences },
  /** `$ssl_client_escaped_cert`: PEM, percent-encoded. */
  nginx: { certificate: fromEscapedPem, chain: fromEscapedPem },
  /** `%[ssl_c_der,base64]`, `%[ssl_c_chain_der,base64]`. */
  haproxy: { certificate: fromBase64, chain: fromBase64Row },
  /** `{http.request.tls.client.certificate_der_base64}`, or `…certificate_pem` on one line. */
  caddy: { certificate: (text) => [...fromBase64(text), ...fromPem(text)], chain: fromPem },
  /** `%{SSL_CLIENT_CERT}s`: PEM on one line. */
  apache: { certificate: fromPem, chain: fromPem },
} as const satisfies Readonly<Record<string, FormReader>>

export type CertificateForm = keyof typeof certificateForms
