import { UserError } from '../errors.ts'
import { lineOf } from './explain-failure.ts'
import type { Failure } from './explain-failure.ts'

export function tabIndentation(failure: Failure): UserError | undefined {
  for (const line of [failure.at.line, failure.at.line - 1]) {
    const text = lineOf(failure, line)
    const tab = /^ *\t/.exec(text)
    if (tab && text.trim() !== '')
      return new UserError('a tab is used for indentation; YAML allows only spaces', {
        at: { ...failure.at, line, column: tab[0].length },
        hint: 'replace the tab by spaces (in most editors: "convert indentation to spaces")',
      })
  }
  return undefined
}

/** `a:1`, `-hosts: all`. A name that is a value, such as a:b, is left alone when its line also has a real key. */
export function missingSpace(failure: Failure): UserError | undefined {
  const { at, reason } = failure
  if (!/key|separator|indentation/.test(reason)) return undefined
  for (const line of [at.line, at.line - 1, at.line - 2]) {
    const text = lineOf(failure, line)
    const [, before = '', key = '', value] = /^(\s*(?:-\s+)*)([A-Za-z_][\w.-]*):(?![\s/:])(\S.*)$/.exec(text) ?? []
    if (value !== undefined && !/:(?:\s|$)/.test(text))
      return new UserError('a space is missing after the colon', {
        at: { ...at, line, column: before.length + key.length + 1 },
        hint: `write ${key}: ${value}`,
      })
    const dash = /^(\s*)-([A-Za-z_]\w*:(?:\s.*)?)$/.exec(text)
    if (dash)
      return new UserError('a space is missing after the dash', {
        at: { ...at, line, column: (dash[1] ?? '').length + 1 },
        hint: `write - ${dash[2] ?? ''}`,
      })
  }
  return undefined
}

/** `tasks` without its colon makes one text of the lines that follow. */
export function keyWithoutColon(failure: Failure): UserError | undefined {
  const { at, reason } = failure
  if (!/multiline key|expected ':' after a mapping key|separator is expected/.test(reason)) return undefined
  const candidates = [at.line, at.line - 1, at.line - 2, at.line - 3]
  // `- b` where the parser stumbles is a list item in a wrong place, above it rather a key of an item.
  const line = candidates.find((number) =>
    (number === at.line ? /^\s*[A-Za-z_][\w .-]*$/ : /^\s*(?:-\s+)?[A-Za-z_][\w .-]*$/).test(lineOf(failure, number)),
  )
  if (line === undefined) return undefined
  const text = lineOf(failure, line)
  const [word = ''] = /[\w.-]+/.exec(text.replace(/^\s*(?:-\s+)?/, '')) ?? []
  const column = text.indexOf(word) + word.length
  return new UserError(`a colon is missing after '${word}'`, {
    at: { ...at, line, column: column + 1 },
    hint: `write ${word}:${text.slice(column).trimEnd()}`,
  })
}

export function unclosedBracket(failure: Failure): UserError | undefined {
  const { at, reason } = failure
  if (!/flow collection/.test(reason)) return undefined
  for (let line = at.line; line >= 1; line--) {
    const text = lineOf(failure, line)
    const bracket = /^[^#'"]*?(?:^|:\s|-\s)\s*([[{])[^\]}]*$/.exec(text)?.[1]
    if (bracket !== undefined)
      return new UserError(`this ${bracket} is never closed, or a comma is missing after it`, {
        at: { ...at, line, column: text.indexOf(bracket) + 1 },
      })
  }
  return undefined
}

export function badIndentation(failure: Failure): UserError | undefined {
  const { at, reason, lines } = failure
  if (!/indentation|separator|mapping key|multiline key/.test(reason)) return undefined
  const text = lineOf(failure, at.line)
  const isItem = /^\s*-(?:\s|$)/.test(text)
  const begin = text.search(/\S/) + 1
  if (begin === 0) return undefined
  const above = lines.slice(0, at.line - 1).findLast((line) => /^\s*[^\s#]/.test(line)) ?? ''
  // Beside an item of a list a key goes below the first key of the item, not below its dash.
  const expected = (isItem ? /^\s*/ : /^\s*(?:-\s+)*/).exec(above)?.[0].length ?? 0
  const compared = expected + 1 === begin ? '' : `, what stands above it in column ${expected + 1}`
  if (compared === '' && at.column > begin && !isItem)
    return new UserError('this does not belong here', {
      at,
      hint: 'quote the value if it is meant to be part of it, or begin a new line',
    })
  const isMixed = isItem !== /^\s*-(?:\s|$)/.test(above) && compared === ''
  return new UserError(
    isMixed && isItem
      ? 'a list item stands where a key is expected'
      : `the indentation does not fit: this line begins in column ${begin}${compared}`,
    {
      at: { ...at, column: begin },
      hint:
        isMixed && isItem
          ? 'indent the list under its key'
          : 'keys of one mapping, and items of one list, begin in the same column',
    },
  )
}
