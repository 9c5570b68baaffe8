// HTML to readable plain text, in one pass over the tokens: no tree, no recursion, linear in the length.
import { Tokenizer } from 'htmlparser2'
import { TextLines } from './text-lines.ts'

export interface HtmlTextOptions {
  /** Whether a link whose text is not its address is followed by `<address>`; true if left out. */
  readonly links?: boolean
  /** Whether the alternative text of images is shown; true if left out. */
  readonly images?: boolean
  /** Stop soon after this many characters; null, or left out, for all. */
  readonly limit?: number | null
  /** Whether `html` is only the beginning of a document, so that what it leaves open may still end. */
  readonly partial?: boolean
}

const listsMax = 8
const linkCharsMax = 2048

const space = 0x20

// How many line ends stand between the content of an element and what is around it.
const breaks: ReadonlyMap<string, 1 | 2> = new Map([
  ...[
    ...['address', 'article', 'aside', 'body', 'caption', 'center', 'dd', 'div', 'dt', 'fieldset', 'figcaption', 'figure'],
    ...['footer', 'form', 'header', 'li', 'main', 'nav', 'option', 'section', 'table', 'tbody', 'tfoot', 'thead', 'tr'],
  ].map((tag) => [tag, 1] as const),
  ...['blockquote', 'dl', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ol', 'p', 'pre', 'ul'].map((tag) => [tag, 2] as const),
])

const unseen = new Set(['script', 'style', 'title', 'template', 'iframe', 'noframes', 'noembed', 'svg', 'math', 'object', 'audio', 'video'])
const hollow = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr'])
// Everything else an element says is passed over unread.
type Attribute = 'href' | 'alt' | 'style' | 'hidden' | 'class' | 'start'
const watched: ReadonlyMap<string, Attribute> = new Map(
  (['href', 'alt', 'style', 'hidden', 'class', 'start'] as const).map((name) => [name, name]),
)
type Attributes = Record<Attribute, string | null>
const noAttributes = (): Attributes => ({ href: null, alt: null, style: null, hidden: null, class: null, start: null })

/** The text a reader of `html` sees, lines ended by LF. Never throws; elements nested to any depth cost nothing. */
export function htmlToText(html: string, options: HtmlTextOptions = {}): string {
  return extractText(html, options).text
}

/** As `htmlToText`; `share` is the part of `html`, between 0 and 1, that the text stands for where the limit ended it. */
export function extractText(html: string, options: HtmlTextOptions): { text: string; share: number } {
  const first = new Extractor(html, options, true)
  // An element that hides its content and never ends would hide the rest of the message.
  if (first.run() || options.partial === true) return first.result()
  const second = new Extractor(html, options, false)
  second.run()
  return second.result()
}

/** What a link's text and its address have in common when they are the same. */
function bareAddress(text: string): string {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^(?:https?:\/\/|mailto:|tel:)/, '')
  return bare.endsWith('/') ? bare.slice(0, -1) : bare
}

class Extractor {
  readonly #html: string
  readonly #options: HtmlTextOptions
  readonly #hiding: boolean
  readonly #limit: number
  readonly #tokenizer: Tokenizer

  readonly #lines = new TextLines()
  #readTo = 0

  #tag = ''
  #attribute: Attribute | null = null
  #value = ''
  #attributes = noAttributes()
  #hasAttributes = false

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
        ontext: (start, end) => {
          this.#readTo = end
          this.#text(this.#html.slice(start, end))
        },
        ontextentity: (point) => this.#text(String.fromCodePoint(point)),
        onopentagname: (start, end) => {
          this.#tag = this.#html.slice(start, end).toLowerCase()
          if (this.#hasAttributes) this.#attributes = noAttributes()
          this.#hasAttributes = false
        },
        onattribname: (start, end) => {
          this.#attribute = watched.get(this.#html.slice(start, end).toLowerCase()) ?? null
          this.#value = ''
        },
        onattribdata: (start, end) => {
          if (this.#attribute !== null) this.#value += this.#html.slice(start, Math.min(end, start + linkCharsMax))
        },
        onattribentity: (point) => {
          if (this.#attribute !== null) this.#value += String.fromCodePoint(point)
        },
        onattribend: () => {
          // Of two attributes of one name the first counts, as in browsers.
          if (this.#attribute === null) return
          this.#attributes[this.#attribute] ??= this.#value
          this.#hasAttributes = true
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

  /** False if something hidden never ended. */
  run(): boolean {
    this.#tokenizer.write(this.#html)
    if (this.#tokenizer.running) this.#tokenizer.end()
    return this.#skipped?.hidden !== true
  }

  result(): { text: string; share: number } {
    return { text: this.#lines.finish(), share: this.#tokenizer.running ? 1 : this.#readTo / this.#html.length }
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
    const lines = breaks.get(tag)
    if (lines !== undefined) this.#lines.break((tag === 'p' && this.#isTight()) || this.#isInnerList(tag, 0) ? 1 : lines)
    switch (tag) {
      case 'br':
        this.#lines.newline()
        break
      case 'hr':
        this.#lines.break(1)
        this.#lines.write('----------')
        this.#lines.break(1)
        break
      case 'td':
      case 'th':
        this.#lines.tab()
        break
      case 'blockquote':
        this.#lines.quote()
        break
      case 'pre':
        this.#preformatted++
        break
      case 'ul':
      case 'ol':
        if (this.#lists.length >= listsMax) this.#listsBeyond++
        else this.#lists.push({ ordered: tag === 'ol', count: Math.trunc(Number(this.#attributes.start ?? 1)) - 1 || 0 })
        break
      case 'li':
        this.#bullet()
        break
      case 'a':
        this.#endLink()
        this.#link = { href: (this.#attributes.href ?? '').trim(), text: '' }
        break
      case 'img':
        if (this.#options.images !== false && (this.#attributes.alt ?? '').trim() !== '') this.#text(this.#attributes.alt ?? '')
        break
    }
  }

  #close(tag: string): void {
    if (this.#skipped !== null) {
      if (tag === this.#skipped.tag && --this.#skipped.open === 0) this.#skipped = null
      return
    }
    if (tag === 'a') this.#endLink()
    const lines = breaks.get(tag)
    // The paragraph that follows asks for its blank line itself; other text follows at once.
    if (lines !== undefined) this.#lines.break(tag === 'p' || this.#isInnerList(tag, 1) ? 1 : lines)
    if (tag === 'blockquote') this.#lines.unquote()
    else if (tag === 'pre') this.#preformatted = Math.max(0, this.#preformatted - 1)
    else if (tag === 'ul' || tag === 'ol') {
      if (this.#listsBeyond > 0) this.#listsBeyond--
      else this.#lists.pop()
    }
  }

  #isInnerList(tag: string, outer: number): boolean {
    return (tag === 'ul' || tag === 'ol') && this.#lists.length > outer
  }

  #isHidden(): boolean {
    const { hidden, style } = this.#attributes
    if (hidden !== null) return true
    return style !== null && /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(style)
  }

  /** Paragraphs that Outlook sets without space between them. */
  #isTight(): boolean {
    return (
      /\bMso(?:Normal|PlainText|ListParagraph)/.test(this.#attributes.class ?? '') ||
      /margin\s*:\s*0(?:px|in|cm|pt)?\s*(?:;|$)/i.test(this.#attributes.style ?? '')
    )
  }

  #bullet(): void {
    const list = this.#lists.at(-1)
    const indent = '  '.repeat(Math.max(0, this.#lists.length - 1))
    this.#lines.bullet(indent + (list?.ordered === true ? `${++list.count}. ` : '* '))
  }

  #endLink(): void {
    const link = this.#link
    this.#link = null
    if (link === null || this.#options.links === false || !/^(?:https?|ftp|mailto|tel|sip):/i.test(link.href)) return
    // A picture without words is no text to follow with an address.
    if (link.text.trim() === '' || bareAddress(link.text) === bareAddress(link.href)) return
    this.#lines.space()
    const address = link.href.replace(/^mailto:/i, '').replace(/\s+/g, '')
    this.#lines.write(`<${address.slice(0, linkCharsMax)}>`)
  }

  #text(text: string): void {
    if (this.#skipped !== null) return
    if (this.#preformatted > 0) this.#verbatim(text)
    else this.#flowing(text)
    if (this.#lines.length > this.#limit) this.#tokenizer.pause()
  }

  /** White space of any kind and length is one space, wherever tags divide it. */
  #flowing(text: string): void {
    if (this.#link !== null && this.#link.text.length < linkCharsMax) this.#link.text += text
    const words = /[\t\r\n\f]| {2}/.test(text) ? text.replace(/[ \t\r\n\f]+/g, ' ') : text
    const first = words.charCodeAt(0) === space
    const last = words.charCodeAt(words.length - 1) === space
    if (first) this.#lines.space()
    this.#lines.write(first || last ? words.slice(first ? 1 : 0, last ? -1 : undefined) : words)
    if (last) this.#lines.space()
  }

  #verbatim(text: string): void {
    for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
      if (index > 0) this.#lines.newline()
      this.#lines.write(line)
    }
  }
}
