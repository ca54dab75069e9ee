const escapes: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
}

/** Puts YAML out piece by piece; knows the column, and breaks long scalars where PyYAML does. */
export class YamlWriter {
  readonly #step: number
  readonly #width: number
  #text = ''
  #column = 0
  #indent: number | undefined
  /** Whether the last thing written was white space (or nothing). */
  #whitespace = true
  /** Whether only indention and block indicators are on the line so far. */
  #indention = true

  constructor(step: number, width: number) {
    this.#step = step
    this.#width = width > step * 2 ? width : 80
  }

  get atIndention(): boolean {
    return this.#indention
  }

  text(): string {
    return this.#text
  }

  startDocument(): void {
    this.#write('---')
    this.#whitespace = false
    this.#indention = false
  }

  /** Runs one level deeper; `flat` keeps the present level. */
  indented(flat: boolean, run: () => void): void {
    const outer = this.#indent
    if (outer === undefined) this.#indent = 0
    else if (!flat) this.#indent = outer + this.#step
    run()
    this.#indent = outer
  }

  indentedFlow(run: () => void): void {
    const outer = this.#indent
    this.#indent = (outer ?? 0) + this.#step
    run()
    this.#indent = outer
  }

  /** Goes to the present indention, on a new line unless the line is still free. */
  newLine(): void {
    const indent = this.#indent ?? 0
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.#breakLine()
    if (this.#column < indent) {
      this.#write(' '.repeat(indent - this.#column))
      this.#whitespace = true
    }
  }

  /** Breaks the line inside brackets when it is full. */
  wrapFlow(): void {
    if (this.#column > this.#width) this.newLine()
  }

  indicator(mark: string, needsSpace: boolean, then: { whitespace?: boolean; indention?: boolean } = {}): void {
    this.#write((needsSpace && !this.#whitespace ? ' ' : '') + mark)
    this.#whitespace = then.whitespace ?? false
    this.#indention = this.#indention && (then.indention ?? false)
  }

  plain(text: string, mayBreak: boolean): void {
    if (text === '') return
    if (!this.#whitespace) this.#write(' ')
    this.#whitespace = false
    this.#indention = false
    this.#words(text, mayBreak)
  }

  singleQuoted(text: string, mayBreak: boolean): void {
    this.indicator("'", true)
    const lines = text.split('\n')
    let blank = 0
    for (const [index, line] of lines.entries()) {
      if (index > 0) {
        // A single line end folds into a blank, so it is written twice.
        blank++
        if (line === '' && index < lines.length - 1) continue
        this.#write(`\n${'\n'.repeat(blank)}`)
        this.#column = 0
        blank = 0
        this.#indention = true
        this.#whitespace = true
        const indent = this.#indent ?? 0
        this.#write(' '.repeat(indent))
        this.#whitespace = false
        this.#indention = false
      }
      this.#words(line.replaceAll("'", "''"), mayBreak)
    }
    this.indicator("'", false)
  }

  doubleQuoted(text: string, mayBreak: boolean): void {
    this.indicator('"', true)
    const characters = Array.from(text)
    let afterBlank = false
    for (const [index, character] of characters.entries()) {
      const inside = index > 0 && index < characters.length - 1
      if (character === ' ' && mayBreak && inside && !afterBlank && this.#column > this.#width) {
        this.#breakInside()
        // The break stands for one blank; a second one needs protection.
        if (characters[index + 1] === ' ') this.#write('\\')
      } else this.#write(escapeCharacter(character))
      afterBlank = character === ' '
    }
    this.indicator('"', false)
  }

  /** A tagged block whose lines stand as they are; the next line begins behind the text's own last one. */
  literal(tag: string, text: string): void {
    this.indicator(tag, true)
    this.indicator('|', true)
    for (const line of text.replace(/\n$/, '').split('\n')) {
      this.#breakLine()
      this.#write(' '.repeat(this.#indent ?? 0) + line)
    }
    this.#whitespace = false
    this.#indention = false
  }

  /** Words with single blanks between them, any of which may become a line end. */
  #words(text: string, mayBreak: boolean): void {
    for (const piece of text.match(/ +|[^ ]+/g) ?? []) {
      const isEdge = text.startsWith(piece) && piece.startsWith(' ')
      if (piece === ' ' && mayBreak && this.#column > this.#width && !isEdge) this.#breakInside()
      else this.#write(piece)
    }
  }

  #breakInside(): void {
    this.newLine()
    this.#whitespace = false
    this.#indention = false
  }

  #breakLine(): void {
    this.#text += '\n'
    this.#column = 0
    this.#whitespace = true
    this.#indention = true
  }

  #write(text: string): void {
    this.#text += text
    this.#column += Array.from(text).length
  }
}

function escapeCharacter(character: string): string {
  const known = escapes[character]
  if (known !== undefined) return `\\${known}`
  if (/^[\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/u.test(character)) return character
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
