// Plain text laid out line by line, for what turns a document into text: blocks, quotations, list items, cells of tables.

const space = 0x20
// Every level costs each line its marks; real threads seldom quote deeper.
const quotesMax = 8

function marks(quotes: number): string {
  return '>'.repeat(Math.min(quotes, quotesMax))
}

/** Text as it grows: space and line ends are only made when something follows them. Linear in what is written. */
export class TextLines {
  #out = ''
  #line = ''
  /** The last character of the line, kept apart: to look into a string that grows makes it be copied each time. */
  #last = 0
  /** Whether the line has begun, if only with the mark of a list item, and in which depth of quotation. */
  #started = false
  #lineQuotes = 0
  /** Whether the line holds nothing but the mark of a list item, which its first block must not leave. */
  #bulletOnly = false
  #pendingBreaks = 0
  #pendingSpace = false
  #blankLines = 0
  #quotes = 0
  #quotesBefore = 0

  /** Characters so far. */
  get length(): number {
    return this.#out.length + this.#line.length
  }

  /** What was written, without white space at the end. */
  finish(): string {
    this.#end(false)
    return this.#out.trimEnd()
  }

  /** Whatever comes next is quoted one level deeper. */
  quote(): void {
    this.#quotes++
  }

  /** Ends the innermost quotation, if there is one. */
  unquote(): void {
    this.#quotes = Math.max(0, this.#quotes - 1)
  }

  /** At least `lines` line ends before whatever comes next; two leave a blank line. */
  break(lines: 1 | 2): void {
    this.#pendingBreaks = Math.max(this.#pendingBreaks, lines)
    this.#pendingSpace = false
  }

  /** A line end here and now, after an empty line too. */
  newline(): void {
    this.#settle()
    this.#end(true)
  }

  /** A space before whatever comes next in this line. */
  space(): void {
    this.#pendingSpace = true
  }

  /** The border between two cells. */
  tab(): void {
    if (this.#last > space && this.#pendingBreaks === 0) this.#append('\t')
    this.#pendingSpace = false
  }

  /** Begins a list item. */
  bullet(mark: string): void {
    this.#bulletOnly = false
    this.#settle()
    this.#begin()
    this.#append(mark)
    this.#bulletOnly = true
  }

  /** Text that holds no line end. */
  write(text: string): void {
    if (text === '') return
    this.#settle()
    this.#begin()
    // None at the start of a line, nor after a tab.
    if (this.#pendingSpace && this.#last > space) this.#line += ' '
    this.#pendingSpace = false
    this.#append(text)
    this.#bulletOnly = false
  }

  #append(text: string): void {
    this.#line += text
    this.#last = text.charCodeAt(text.length - 1)
  }

  #begin(): void {
    if (this.#started) return
    this.#started = true
    this.#lineQuotes = this.#quotes
  }

  /** Makes the line ends that blocks have asked for. */
  #settle(): void {
    if (this.#pendingBreaks === 0) return
    const wanted = this.#pendingBreaks
    this.#pendingBreaks = 0
    if (this.#bulletOnly) return
    this.#end(false)
    if (this.#out === '') return
    // A blank line between two depths of quotation belongs to the outer one.
    while (this.#blankLines < wanted - 1) this.#blank(Math.min(this.#quotes, this.#quotesBefore))
  }

  /** Ends the current line; one that has not begun only when `always`. */
  #end(always: boolean): void {
    if (!this.#started && !always) return
    const line = (this.#line.includes('\u00A0') ? this.#line.replaceAll('\u00A0', ' ') : this.#line).trimEnd()
    const quotes = this.#started ? this.#lineQuotes : this.#quotes
    if (line === '') this.#blank(quotes)
    else {
      this.#out += quotes === 0 ? `${line}\n` : `${marks(quotes)} ${line}\n`
      this.#blankLines = 0
      this.#quotesBefore = quotes
    }
    this.#line = ''
    this.#last = 0
    this.#started = false
    this.#bulletOnly = false
    this.#pendingSpace = false
  }

  #blank(quotes: number): void {
    this.#out += `${marks(quotes)}\n`
    this.#blankLines++
    this.#quotesBefore = quotes
  }
}
