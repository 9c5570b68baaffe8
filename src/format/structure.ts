// Which parts of a message are read, and which are files.
import libmime from 'libmime'
import type { MimePart } from '../model/email.ts'

/** The parts to show, in order, for a reader of plain text and for one of HTML: where one kind is missing, the other stands in. */
export interface ReadableBodies {
  readonly plain: MimePart[]
  readonly html: MimePart[]
  /** MS-ASAIRS 2.2.2.32 NativeBodyType: 1 plain text, 2 HTML. */
  readonly native: 1 | 2
}

function isText(part: MimePart): boolean {
  return part.type === 'text/plain' || part.type === 'text/html'
}

/** Other text that has no application of its own, such as text/enriched: read as it stands if it comes first. */
function isOddText(part: MimePart): boolean {
  return (
    part.type.startsWith('text/') && !/calendar|vcard|x-vcard|directory|csv|rfc822-headers|css|javascript|xml|x-amp|rtf/.test(part.type)
  )
}

interface Walk {
  plain: MimePart[] | null
  html: MimePart[] | null
}

/**
 * RFC 8621 4.1.4 decides, as phones that speak JMAP would: the first text of a multipart and unnamed ones after it are
 * read, named ones and attachments are not; of alternatives the kind asked for is taken.
 */
export function readableBodies(root: MimePart): ReadableBodies {
  const plain: MimePart[] = []
  const html: MimePart[] = []
  walk([root], 'mixed', false, { plain, html })
  return { plain, html, native: html.some((part) => part.type === 'text/html') ? 2 : 1 }
}

function walk(parts: readonly MimePart[], kind: string, inAlternative: boolean, { ...into }: Walk): void {
  const plainBefore = into.plain?.length ?? -1
  const htmlBefore = into.html?.length ?? -1
  for (const [index, part] of parts.entries()) {
    if (part.parts.length > 0) {
      const inner = part.type.slice('multipart/'.length)
      walk(part.parts, inner, inAlternative || inner === 'alternative', into)
      continue
    }
    const first = index === 0
    const readable = isText(part) || (first && kind !== 'alternative' && part.name === null && isOddText(part))
    if (part.disposition === 'attachment' || !readable || !(first || (kind !== 'related' && part.name === null))) continue
    if (kind === 'alternative') {
      if (part.type === 'text/html') into.html?.push(part)
      else into.plain?.push(part)
      continue
    }
    if (inAlternative) {
      // A multipart inside of an alternative speaks for one kind, and so does what follows in it.
      if (part.type === 'text/html') into.plain = null
      else into.html = null
    }
    into.plain?.push(part)
    into.html?.push(part)
  }
  if (kind !== 'alternative' || into.plain === null || into.html === null) return
  if (into.plain.length === plainBefore) into.plain.push(...into.html.slice(htmlBefore))
  else if (into.html.length === htmlBefore) into.html.push(...into.plain.slice(plainBefore))
}

/**
 * What a phone lists as files, in order: every leaf that is not read, pictures inside of the text among them. Other
 * renderings of the text in a multipart/alternative (AMP, enriched, watch) are none, nor are the resource forks of Macs.
 */
export function attachments(root: MimePart): MimePart[] {
  const { plain, html } = readableBodies(root)
  const read = new Set([...plain, ...html])
  const files: MimePart[] = []
  const collect = (part: MimePart, parent: string) => {
    if (part.parts.length > 0) {
      for (const child of part.parts) collect(child, part.type)
      return
    }
    if (read.has(part)) return
    const isFile = part.disposition === 'attachment' || part.name !== null
    if (parent === 'multipart/alternative' && !isFile && part.type.startsWith('text/') && part.type !== 'text/calendar') return
    if (parent === 'multipart/appledouble' && part.type === 'application/applefile') return
    // A text part that holds nothing is the leftover of a mailing list or a mailer, not a file.
    if (isText(part) && !isFile && part.end - part.body === 0) return
    files.push(part)
  }
  collect(root, '')
  return files
}

const names: Readonly<Record<string, string>> = {
  'text/calendar': 'invite.ics',
  'text/vcard': 'contact.vcf',
  'text/x-vcard': 'contact.vcf',
  'text/rfc822-headers': 'headers.txt',
  'message/delivery-status': 'delivery-status.txt',
  'message/global-delivery-status': 'delivery-status.txt',
  'message/disposition-notification': 'receipt.txt',
  'application/pkcs7-mime': 'smime.p7m',
  'application/x-pkcs7-mime': 'smime.p7m',
  'application/pkcs7-signature': 'smime.p7s',
  'application/x-pkcs7-signature': 'smime.p7s',
  'application/pgp-signature': 'signature.asc',
  'application/pgp-encrypted': 'version.asc',
  'application/ms-tnef': 'winmail.dat',
}

/**
 * The name to show for the attachment at `index` of the list: its own, else one made of its type. Never empty; an embedded
 * message's ends in `.eml` (MS-ASAIRS 2.2.2.31.2).
 */
export function attachmentName(part: MimePart, index: number): string {
  const isMessage = part.type === 'message/rfc822' || part.type === 'message/global'
  if (part.name !== null) return isMessage && !/\.eml$/i.test(part.name) ? `${part.name}.eml` : part.name
  const known = Object.hasOwn(names, part.type) ? names[part.type] : undefined
  if (known !== undefined) return known
  if (isMessage) return `message-${index + 1}.eml`
  const kind = part.type.startsWith('image/') ? 'image' : 'attachment'
  return `${kind}-${index + 1}.${libmime.detectExtension(part.type)}`
}
