// Messages for tests: short MIME sources with what a test wants to see again.

export interface MessageFields {
  readonly from?: string
  readonly to?: string
  readonly cc?: string
  readonly subject?: string
  readonly text?: string
  readonly html?: string
  readonly date?: number
  readonly messageId?: string
  readonly headers?: readonly string[]
  readonly attachments?: readonly { readonly name: string; readonly type: string; readonly content: string | Buffer }[]
}

let counter = 0

function textPart(type: string, text: string): string {
  return `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${text}\r\n`
}

function multipart(subtype: string, parts: readonly string[]): string {
  const boundary = `=_${subtype}_${++counter}`
  const body = parts.map((part) => `--${boundary}\r\n${part}`).join('')
  return `Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n${body}--${boundary}--\r\n`
}

/** The MIME source of a message; everything not given has a plain default. */
export function message(fields: MessageFields = {}): string {
  const number = ++counter
  const {
    from = 'Bob <bob@example.test>',
    to = 'Alice <alice@example.test>',
    subject = `Message ${number}`,
    text = `Text of message ${number}.`,
  } = fields
  const headers = [
    `From: ${from}`,
    `To: ${to}`,
    ...(fields.cc === undefined ? [] : [`Cc: ${fields.cc}`]),
    `Subject: ${subject}`,
    `Date: ${new Date(fields.date ?? Date.parse('2026-03-01T10:00:00Z')).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${fields.messageId ?? `<${number}.test@example.test>`}`,
    'MIME-Version: 1.0',
    ...(fields.headers ?? []),
  ]
  const plain = textPart('text/plain', text)
  const readable = fields.html === undefined ? plain : multipart('alternative', [plain, textPart('text/html', fields.html)])
  const files = (fields.attachments ?? []).map(({ name, type, content }) => {
    const encoded = Buffer.from(content).toString('base64').replace(/.{76}/g, '$&\r\n')
    return `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n`
  })
  return `${headers.join('\r\n')}\r\n${files.length === 0 ? readable : multipart('mixed', [readable, ...files])}`
}
