import { Fault } from '../errors.ts'
import { isFloat, numberOf, or, type PyValue, typeName } from '../values.ts'
import { formatFloat, group, inBase } from './number-format.ts'
import { repr, str } from './repr.ts'
import { justify } from './text-case.ts'
import { characters } from './text.ts'
import { builtinAttribute, itemOf, missing } from '../attributes.ts'

/** Python's `'…{}…'.format(…)`. */
export function formatBraces(
  format: string,
  positional: readonly PyValue[],
  keywords: ReadonlyMap<string, PyValue>,
): string {
  let automatic = 0
  const field = (content: string): PyValue => {
    const [, head = '', path = ''] = /^([^.[]*)([^]*)$/.exec(content) ?? []
    const index = head === '' ? automatic++ : /^\d+$/.test(head) ? Number(head) : undefined
    const found = index === undefined ? keywords.get(head) : positional[index]
    if (found === undefined)
      throw new Fault(
        index === undefined
          ? `the format's name '${head}' is not among the arguments`
          : `Replacement index ${index} out of range for positional args tuple`,
      )
    return follow(found, path)
  }
  const render = (template: string, depth: number): string => {
    let result = ''
    for (let at = 0; at < template.length; at++) {
      const character = template[at] ?? ''
      if ((character === '{' || character === '}') && template[at + 1] === character) {
        result += character
        at++
      } else if (character === '}') {
        throw new Fault("Single '}' encountered in format string")
      } else if (character === '{') {
        if (depth > 2) throw new Fault('Max string recursion exceeded')
        const end = matchingBrace(template, at)
        const [, name = '', conversion = '', spec = ''] =
          /^([^!:]*(?:\[[^\]]*\][^!:]*)*)(![^:]*)?(?::([^]*))?$/.exec(template.slice(at + 1, end)) ?? []
        const value = field(name)
        const converted = conversion === '!r' ? repr(value) : conversion === '!s' ? str(value) : value
        result += formatSpec(converted, render(spec, depth + 1))
        at = end
      } else result += character
    }
    return result
  }
  return render(format, 1)
}

function matchingBrace(template: string, open: number): number {
  let depth = 0
  for (let at = open; at < template.length; at++) {
    if (template[at] === '{') depth++
    else if (template[at] === '}' && --depth === 0) return at
  }
  throw new Fault("Single '{' encountered in format string")
}

/** `.name` and `[key]` steps after a field's name. */
function follow(start: PyValue, path: string): PyValue {
  let value = start
  for (const [, attribute, key] of path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
    if (attribute !== undefined) value = or(builtinAttribute(value, attribute), () => missing(value, attribute))
    else value = itemOf(value, /^\d+$/.test(key ?? '') ? Number(key) : (key ?? ''))
  }
  return value
}

const specification = /^(?:([^])?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u

/** Python's `format(value, spec)`: `[[fill]align][sign][#][0][width][,][.precision][type]`. */
export function formatSpec(value: PyValue, spec: string): string {
  if (spec === '') return str(value)
  const parts = specification.exec(spec)
  if (parts === null) throw new Fault(`Invalid format specifier '${spec}'`)
  const [, fill, align, sign = '-', , alternate, zero, width, comma, precision, type = ''] = parts
  const number = typeof value === 'boolean' && type === '' ? undefined : numberOf(value)
  const size = Number(width ?? 0)
  if (number === undefined) {
    const text = typeof value === 'string' ? value : str(value)
    if (type !== '' && type !== 's')
      throw new Fault(`Unknown format code '${type}' for object of type '${typeName(value)}'`)
    const cut = precision === undefined ? text : characters(text).slice(0, Number(precision)).join('')
    return alignText(cut, size, align ?? '<', fill ?? (zero === undefined ? ' ' : '0'))
  }
  let body = numberBody(value, Math.abs(number), type, precision, alternate !== undefined)
  const negative = number < 0 || (Object.is(number, -0) && isFloat(value))
  const mark = negative ? '-' : sign === '+' ? '+' : sign === ' ' ? ' ' : ''
  if (comma !== undefined) body = group(body, comma, 'bxoX'.includes(type) && type !== '' ? 4 : 3)
  if (align === '=' || (align === undefined && zero !== undefined))
    return mark + body.padStart(size - mark.length, fill ?? (zero === undefined ? ' ' : '0'))
  return alignText(mark + body, size, align ?? '>', fill ?? (zero === undefined ? ' ' : '0'))
}

function numberBody(
  value: PyValue,
  size: number,
  type: string,
  precision: string | undefined,
  alternate: boolean,
): string {
  switch (type) {
    case 'b':
    case 'o':
    case 'x':
    case 'X': {
      if (isFloat(value)) throw new Fault(`Unknown format code '${type}' for object of type 'float'`)
      const digits = inBase(size, type === 'b' ? 2 : type === 'o' ? 8 : 16)
      const text = (alternate ? `0${type}` : '') + digits
      return type === 'X' ? text.toUpperCase() : text
    }
    case 'c':
      return String.fromCodePoint(size)
    case '%':
      return `${formatFloat(size * 100, 'f', Number(precision ?? 6), alternate)}%`
    case 'd':
      if (isFloat(value)) throw new Fault("Unknown format code 'd' for object of type 'float'")
      return inBase(size, 10)
    case '':
    case 'n':
      if (!isFloat(value))
        return precision === undefined ? inBase(size, 10) : formatFloat(size, 'g', Number(precision), alternate)
      return precision === undefined
        ? str(value).replace('-', '')
        : formatFloat(size, 'g', Number(precision), alternate)
    default:
      if (!'eEfFgG'.includes(type))
        throw new Fault(`Unknown format code '${type}' for object of type '${typeName(value)}'`)
      return formatFloat(size, type, Number(precision ?? 6), alternate)
  }
}

function alignText(text: string, width: number, align: string, fill: string): string {
  return justifyWith(text, width, align === '<' ? 'left' : align === '^' ? 'center' : 'right', fill)
}

function justifyWith(text: string, width: number, side: 'left' | 'right' | 'center', fill: string): string {
  if (side !== 'center') return justify(text, width, side, fill)
  // format() centres to the left, str.center() to the right.
  const missing = Math.max(0, width - characters(text).length)
  const left = Math.floor(missing / 2)
  return fill.repeat(left) + text + fill.repeat(missing - left)
}
