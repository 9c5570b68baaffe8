// HTML to readable plain text, in one pass over the tokens: no tree, no recursion, linear in the length.
import { Tokenizer } from 'htmlparser2'

export interface HtmlTextOptions {
  /** Whether a link whose text is not its address is followed by `<address>`. */
  readonly links: boolean
  /** Whether the alternative text of images is shown. */
  readonly images: boolean
  /** Stop once there are this many characters; null for all. */
  readonly limit: number | null
}

// Every level costs each line its marks; real threads seldom quote deeper.
const quotesMax = 8
const listsMax = 8
const linkCharsMax = 2048

// How many line ends stand between the content of an element and what is around it.
const breaks: Readonly<Record<string, 1 | 2>> = Object.assign(Object.create(null), {
  address: 1,
  article: 1,
  aside: 1,
  body: 1,
  caption: 1,
  center: 1,
  dd: 1,
  div: 1,
  dt: 1,
  fieldset: 1,
  figcaption: 1,
  figure: 1,
  footer: 1,
  form: 1,
  header: 1,
  li: 1,
  main: 1,
  nav: 1,
  option: 1,
  section: 1,
  table: 1,
  tbody: 1,
  tfoot: 1,
  thead: 1,
  tr: 1,
  blockquote: 2,
  dl: 2,
  h1: 2,
  h2: 2,
  h3: 2,
  h4: 2,
  h5: 2,
  h6: 2,
  ol: 2,
  p: 2,
  pre: 2,
  ul: 2,
})

const unseen = new Set(['script', 'style', 'title', 'template', 'iframe', 'noframes', 'noembed', 'svg', 'math', 'object', 'audio', 'video'])
const hollow = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr'])
const watched = new Set(['href', 'alt', 'style', 'hidden', 'class', 'start'])

/** The text a reader of `html` sees, lines ended by LF. Never throws; elements nested to any depth cost nothing. */
export function htmlToText(html: string, options: HtmlTextOptions = { links: true, images: true, limit: null }): string {
  const first = new Extractor(html, options, true).run()
  // An element that hides its content and never ends would hide the rest of the message.
  return first ?? new Extractor(html, options, false).run() ?? ''
}

class Extractor {
  readonly #html: string
  readonly #options: HtmlTextOptions
  readonly #hiding: boolean
  readonly #limit: number
  readonly #tokenizer: Tokenizer

  #out = ''
  #line = ''
  /** Marks of the current line; fixed when its first character comes. */
  #lineStarted = false
  #lineQuotes = 0
  #pendingBreaks = 0
  #pendingSpace = false
  #blankLines = 0

  #tag = ''
  #attribute = ''
  #value = ''
  #attributes: Record<string, string> = {}

  /** Whether the line holds nothing but the mark of a list item, which its first block must not leave. */
  #bulletOnly = false

  #quotes = 0
  #preformatted = 0
  #lists: { ordered: boolean; count: number }[] = []
  #listsBeyond = 0
  #link: { href: string; text: string } | null = null
  /** The element whose content is left out, and how many of its name are open. */
  #skipped: { tag: string; open: number; hidden: boolean } | null = null

  constructor(html: string, options: HtmlTextOptions, hiding: boolean) {
    this.#html = html
    this.#options = options
    this.#hiding = hiding
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY
    const ignore = () => {}
    this.#tokenizer = new Tokenizer(
      { decodeEntities: true },
      {
        ontext: (start, end) => this.#text(this.#html.slice(start, end)),
        ontextentity: (point) => this.#text(String.fromCodePoint(point)),
        onopentagname: (start, end) => {
          this.#tag = this.#html.slice(start, end).toLowerCase()
          this.#attributes = {}
        },
        onattribname: (start, end) => {
          this.#attribute = this.#html.slice(start, end).toLowerCase()
          this.#value = ''
        },
        onattribdata: (start, end) => {
          if (watched.has(this.#attribute)) this.#value += this.#html.slice(start, Math.min(end, start + linkCharsMax))
        },
        onattribentity: (point) => {
          if (watched.has(this.#attribute)) this.#value += String.fromCodePoint(point)
        },
        onattribend: () => {
          if (watched.has(this.#attribute)) this.#attributes[this.#attribute] ??= this.#value
        },
        onopentagend: () => this.#open(),
        onselfclosingtag: () => this.#open(),
        onclosetag: (start, end) => this.#close(this.#html.slice(start, end).toLowerCase()),
        oncdata: ignore,
        oncomment: ignore,
        ondeclaration: ignore,
        onprocessinginstruction: ignore,
        onend: ignore,
      },
    )
  }

  /** Null if something hidden never ended. */
  run(): string | null {
    this.#tokenizer.write(this.#html)
    if (this.#tokenizer.running) this.#tokenizer.end()
    if (this.#skipped?.hidden === true) return null
    this.#endLine()
    return this.#out.replace(/\n+$/, '')
  }

  #open(): void {
    const tag = this.#tag
    if (this.#skipped !== null) {
      if (tag === this.#skipped.tag) this.#skipped.open++
      return
    }
    if (unseen.has(tag)) {
      this.#skipped = { tag, open: 1, hidden: false }
      return
    }
    if (this.#hiding && !hollow.has(tag) && tag !== 'body' && tag !== 'html' && this.#isHidden()) {
      this.#skipped = { tag, open: 1, hidden: true }
      return
    }
    const space = breaks[tag]
    if (space !== undefined) this.#break(tag === 'p' && this.#isTight() ? 1 : space)
    switch (tag) {
      case 'br':
        this.#settle()
        this.#endLine(true)
        break
      case 'hr':
        this.#break(1)
        this.#write('----------')
        this.#break(1)
        break
      case 'td':
      case 'th':
        if (this.#line !== '' && this.#pendingBreaks === 0) this.#line = `${this.#line.trimEnd()}\t`
        break
      case 'blockquote':
        this.#quotes++
        break
      case 'pre':
        this.#preformatted++
        break
      case 'ul':
      case 'ol':
        if (this.#lists.length > 0) this.#pendingBreaks = Math.min(this.#pendingBreaks, 1)
        if (this.#lists.length >= listsMax) this.#listsBeyond++
        else this.#lists.push({ ordered: tag === 'ol', count: Math.trunc(Number(this.#attributes['start'] ?? 1)) - 1 || 0 })
        break
      case 'li':
        this.#bullet()
        break
      case 'a':
        this.#endLink()
        this.#link = { href: (this.#attributes['href'] ?? '').trim(), text: '' }
        break
      case 'img':
        if (this.#options.images && (this.#attributes['alt'] ?? '').trim() !== '') this.#text(this.#attributes['alt'] ?? '')
        break
    }
  }

  #close(tag: string): void {
    if (this.#skipped !== null) {
      if (tag === this.#skipped.tag && --this.#skipped.open === 0) this.#skipped = null
      return
    }
    if (tag === 'a') this.#endLink()
    const space = breaks[tag]
    if (space !== undefined)
      this.#break(space === 2 && (tag === 'ul' || tag === 'ol') && this.#lists.length > 1 ? 1 : tag === 'p' ? 1 : space)
    if (tag === 'blockquote') this.#quotes = Math.max(0, this.#quotes - 1)
    else if (tag === 'pre') this.#preformatted = Math.max(0, this.#preformatted - 1)
    else if (tag === 'ul' || tag === 'ol') {
      if (this.#listsBeyond > 0) this.#listsBeyond--
      else this.#lists.pop()
    }
  }

  #isHidden(): boolean {
    if (this.#attributes['hidden'] !== undefined) return true
    return /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(this.#attributes['style'] ?? '')
  }

  /** Paragraphs that Outlook sets without space between them. */
  #isTight(): boolean {
    return (
      /\bMso(?:Normal|PlainText|ListParagraph)/.test(this.#attributes['class'] ?? '') ||
      /margin\s*:\s*0(?:px|in|cm|pt)?\s*(?:;|$)/i.test(this.#attributes['style'] ?? '')
    )
  }

  #bullet(): void {
    this.#bulletOnly = false
    const list = this.#lists.at(-1)
    const indent = '  '.repeat(Math.max(0, this.#lists.length - 1))
    const mark = list?.ordered === true ? `${++list.count}. ` : '* '
    this.#settle()
    this.#begin()
    this.#line += indent + mark
    this.#bulletOnly = true
  }

  #endLink(): void {
    const link = this.#link
    this.#link = null
    if (link === null || !this.#options.links || !/^(?:https?|ftp|mailto|tel|sip):/i.test(link.href)) return
    const bare = (text: string) =>
      text
        .trim()
        .toLowerCase()
        .replace(/^(?:https?:\/\/|mailto:|tel:)/, '')
        .replace(/\/$/, '')
    // A picture without words is no text to follow with an address.
    if (link.text.trim() === '' || bare(link.text) === bare(link.href)) return
    this.#pendingSpace = true
    this.#write(
      `<${link.href
        .replace(/^mailto:/i, '')
        .replace(/\s+/g, '')
        .slice(0, linkCharsMax)}>`,
    )
  }

  #break(count: number): void {
    this.#pendingBreaks = Math.max(this.#pendingBreaks, count)
    this.#pendingSpace = false
  }

  #text(text: string): void {
    if (this.#skipped !== null) return
    if (this.#preformatted > 0) return this.#verbatim(text)
    if (this.#link !== null && this.#link.text.length < linkCharsMax) this.#link.text += text
    const words = text.replace(/[ \t\r\n\f]+/g, ' ')
    if (words.startsWith(' ')) this.#pendingSpace = true
    this.#write(words.slice(words.startsWith(' ') ? 1 : 0, words.endsWith(' ') ? -1 : undefined))
    if (words.endsWith(' ')) this.#pendingSpace = true
  }

  #verbatim(text: string): void {
    for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
      if (index > 0) {
        this.#settle()
        this.#endLine(true)
      }
      if (line !== '') this.#write(line)
    }
  }

  /** Text that stands as it is. */
  #write(text: string): void {
    if (text === '') return
    this.#settle()
    this.#begin()
    if (this.#pendingSpace && this.#line !== '' && !/\s$/.test(this.#line)) this.#line += ' '
    this.#pendingSpace = false
    this.#line += text
    this.#bulletOnly = false
    if (this.#out.length + this.#line.length > this.#limit) this.#tokenizer.pause()
  }

  #begin(): void {
    if (this.#lineStarted) return
    this.#lineStarted = true
    this.#lineQuotes = this.#quotes
  }

  /** Makes the line ends that blocks have asked for. */
  #settle(): void {
    if (this.#pendingBreaks === 0) return
    const wanted = this.#pendingBreaks
    this.#pendingBreaks = 0
    if (this.#bulletOnly) return
    if (this.#lineStarted) this.#endLine()
    if (this.#out === '') return
    while (this.#blankLines < wanted - 1) this.#endLine(true)
  }

  /** Ends the current line; one without content only when `always`. */
  #endLine(always = false): void {
    if (!this.#lineStarted && !always) return
    const line = this.#line.replace(/\u00A0/g, ' ').trimEnd()
    const marks = '>'.repeat(Math.min(this.#lineStarted ? this.#lineQuotes : this.#quotes, quotesMax))
    this.#blankLines = line === '' ? this.#blankLines + 1 : 0
    this.#out += marks === '' ? `${line}\n` : line === '' ? `${marks}\n` : `${marks} ${line}\n`
    this.#line = ''
    this.#lineStarted = false
    this.#bulletOnly = false
    this.#pendingSpace = false
  }
}
