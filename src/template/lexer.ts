import { lexCode } from './code-lexer.ts'
import { TemplateSyntaxError } from './syntax-error.ts'
import type { Token } from './tokens.ts'

export interface Syntax {
  readonly trimBlocks: boolean
  readonly lstripBlocks: boolean
  /**
   * Backslashes in string literals inside `{{ }}` stand for themselves. So it is in playbooks (never in template files):
   * Ansible doubles them there, because YAML has already read its own escapes.
   */
  readonly literalBackslashes: boolean
  readonly delimiters: Delimiters
  /** Lines that stand before the text in its file. */
  readonly linesBefore?: number
}

export interface Delimiters {
  readonly variable: readonly [string, string]
  readonly block: readonly [string, string]
  readonly comment: readonly [string, string]
}

export const defaultDelimiters: Delimiters = { variable: ['{{', '}}'], block: ['{%', '%}'], comment: ['{#', '#}'] }

/** Tokens of a template; `text` must have `\n` as its only line end. Throws `TemplateSyntaxError`. */
export function lexTemplate(text: string, syntax: Syntax): Token[] {
  const tokens: Token[] = []
  const rules = rulesOf(syntax)
  let position = 0
  let lineStart = true

  const pushText = (from: number, tag: number, sign: string, canStrip: boolean): void => {
    const value = textBefore(text.slice(from, tag), sign, canStrip && syntax.lstripBlocks, lineStart)
    if (value !== '') tokens.push({ type: 'text', offset: from, value })
  }

  while (position < text.length) {
    const tag = search(rules.open, text, position)
    if (tag === undefined) {
      pushText(position, text.length, '+', false)
      break
    }
    const kind = rules.kindOf(tag.groups[0] ?? '')
    pushText(position, tag.start, tag.groups[1] ?? '', kind !== 'variable')
    lineStart = false
    const raw = kind === 'block' ? search(rules.rawBegin, text, tag.start) : undefined
    if (raw !== undefined) {
      lineStart = text[raw.end - 1] === '\n'
      const end = search(rules.rawEnd, text, raw.end)
      if (end === undefined) throw new TemplateSyntaxError('{% raw %} is never closed by {% endraw %}', tag.start)
      pushText(raw.end, end.start, end.groups[0] ?? '', true)
      position = end.end
    } else if (kind === 'comment') {
      const end = search(rules.commentEnd, text, tag.end)
      if (end === undefined) throw new TemplateSyntaxError('the comment that starts here is never closed', tag.start)
      position = end.end
    } else {
      tokens.push({ type: kind === 'block' ? 'blockBegin' : 'variableBegin', offset: tag.start, value: '' })
      position = lexCode(text, tag.end, tokens, {
        end: kind === 'block' ? rules.blockEnd : rules.variableEnd,
        endType: kind === 'block' ? 'blockEnd' : 'variableEnd',
        literalBackslashes: kind === 'variable' && syntax.literalBackslashes,
      })
    }
    lineStart = text[position - 1] === '\n'
  }
  tokens.push({ type: 'end', offset: text.length, value: '' })
  return tokens
}

/** Tokens of a bare expression. */
export function lexExpression(text: string): Token[] {
  const tokens: Token[] = []
  lexCode(text, 0, tokens, undefined)
  tokens.push({ type: 'end', offset: text.length, value: '' })
  return tokens
}

/** Text as it stays when a tag follows it: `-` takes all white space, lstrip_blocks the tag's own indentation. */
function textBefore(value: string, sign: string, lstrip: boolean, lineStart: boolean): string {
  if (sign === '-') return value.trimEnd()
  if (sign === '+' || !lstrip) return value
  const line = value.lastIndexOf('\n') + 1
  return (line > 0 || lineStart) && value.slice(line).trim() === '' ? value.slice(0, line) : value
}

interface Rules {
  readonly open: RegExp
  readonly kindOf: (delimiter: string) => 'variable' | 'block' | 'comment'
  readonly rawBegin: RegExp
  readonly rawEnd: RegExp
  readonly commentEnd: RegExp
  readonly blockEnd: RegExp
  readonly variableEnd: RegExp
}

const knownRules = new WeakMap<Delimiters, Map<boolean, Rules>>()

function rulesOf({ delimiters, trimBlocks }: Syntax): Rules {
  const known = knownRules.get(delimiters) ?? new Map<boolean, Rules>()
  knownRules.set(delimiters, known)
  const rules = known.get(trimBlocks) ?? makeRules(delimiters, trimBlocks)
  known.set(trimBlocks, rules)
  return rules
}

function makeRules({ variable, block, comment }: Delimiters, trimBlocks: boolean): Rules {
  // The longest delimiter first: with `<%` and `<%=` the shorter one would always win.
  const openings = [variable[0], block[0], comment[0]].toSorted((a, b) => b.length - a.length).map(escapeRegExp)
  const [blockOpen, blockClose, commentClose] = [block[0], block[1], comment[1]].map(escapeRegExp)
  const variableClose = escapeRegExp(variable[1])
  const newline = trimBlocks ? '\\n?' : ''
  const close = (delimiter: string | undefined): string =>
    `(?:\\+${delimiter}|-${delimiter}\\s*|${delimiter}${newline})`
  return {
    open: new RegExp(`(${openings.join('|')})([-+]?)`, 'g'),
    kindOf: (delimiter) => (delimiter === variable[0] ? 'variable' : delimiter === block[0] ? 'block' : 'comment'),
    rawBegin: new RegExp(`${blockOpen}[-+]?\\s*raw\\s*(?:-${blockClose}\\s*|${blockClose})`, 'y'),
    rawEnd: new RegExp(`${blockOpen}([-+]?)\\s*endraw\\s*${close(blockClose)}`, 'g'),
    commentEnd: new RegExp(close(commentClose), 'g'),
    blockEnd: new RegExp(close(blockClose), 'y'),
    variableEnd: new RegExp(`-${variableClose}\\s*|${variableClose}`, 'y'),
  }
}

interface Match {
  readonly start: number
  readonly end: number
  readonly groups: readonly (string | undefined)[]
}

function search(rule: RegExp, text: string, from: number): Match | undefined {
  rule.lastIndex = from
  const found = rule.exec(text)
  return found === null ? undefined : { start: found.index, end: found.index + found[0].length, groups: found.slice(1) }
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
