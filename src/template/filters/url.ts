import { Fault } from '../errors.ts'
import { dictEntries } from '../python/dict.ts'
import { iterate } from '../python/iterate.ts'
import { str } from '../python/repr.ts'
import { isDict, itemsOf, PyDict, type PyValue, typeName } from '../values.ts'
import { filter, type FilterEntry } from './filter.ts'

/** Percent-encoding of UTF-8; a query also encodes the slash and writes blanks as `+`. */
function quoteUrl(value: PyValue, inQuery: boolean): string {
  const keep = inQuery ? /[\w.~-]/ : /[\w.~/-]/
  const encoded = Array.from(Buffer.from(str(value), 'utf8'), (byte) => {
    const character = String.fromCharCode(byte)
    return byte < 128 && keep.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
  return inQuery ? encoded.replaceAll('%20', '+') : encoded
}

function urlencode(value: PyValue): string {
  const items = isDict(value) ? dictEntries(value).map(([key, item]) => [key, item]) : itemsOf(value)?.map(iterate)
  if (items === undefined) return quoteUrl(value, false)
  return items
    .map(([key, item, ...rest]) => {
      if (key === undefined || item === undefined || rest.length > 0) throw new Fault('urlencode needs pairs')
      return `${quoteUrl(key, true)}=${quoteUrl(item, true)}`
    })
    .join('&')
}

function unquotePlus(text: string): string {
  const parts = text.replaceAll('+', ' ').split(/((?:%[\da-fA-F]{2})+)/)
  return parts
    .map((part) =>
      /^%[\da-fA-F]{2}/.test(part) ? Buffer.from(part.replaceAll('%', ''), 'hex').toString('utf8') : part,
    )
    .join('')
}

/** The parts of a URL as Python's `urlsplit` finds them. */
export function splitUrl(url: string): Map<string, PyValue> {
  const [, schemePart, rest = ''] = /^(?:([a-zA-Z][a-zA-Z\d+.-]*):)?([^]*)$/.exec(url.trim()) ?? []
  const [, authority, path = '', query = '', fragment = ''] =
    /^(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([^]*))?$/.exec(rest) ?? []
  const netloc = authority ?? ''
  const at = netloc.lastIndexOf('@')
  const [user, ...password] = at < 0 ? [] : netloc.slice(0, at).split(':')
  const host = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(netloc.slice(at + 1))
  const name = host?.[1] ?? host?.[2]
  const port = host?.[3]
  return new Map<string, PyValue>([
    ['fragment', fragment],
    ['hostname', name === undefined || name === '' ? null : name.toLowerCase()],
    ['netloc', netloc],
    ['password', password.length === 0 ? null : password.join(':')],
    ['path', path],
    ['port', port === undefined || port === '' ? null : Number(port)],
    ['query', query],
    ['scheme', (schemePart ?? '').toLowerCase()],
    ['username', user ?? null],
  ])
}

/** Filters over URLs. */
export const urlFilters: readonly FilterEntry[] = [
  filter('urlencode', [], urlencode),
  filter('urldecode', [], (value) => unquotePlus(str(value))),
  filter('urlsplit', ['query?'], (value, [part]) => {
    if (typeof value !== 'string') throw new Fault(`urlsplit needs a string, not ${typeName(value)}`)
    const parts = splitUrl(value)
    if (part === undefined || part === '') return new PyDict(parts)
    const found = parts.get(str(part))
    if (found === undefined) throw new Fault(`urlsplit: unknown URL component: ${str(part)}`)
    return found
  }),
]
