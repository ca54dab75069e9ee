import type { Statement } from './ast.ts'
import { parseExpression } from './expression-parser.ts'
import type { TokenStream } from './token-stream.ts'

/** `with context` / `without context` after an import or include. */
function parseContext(stream: TokenStream, fallback: boolean): boolean {
  const next = stream.peek()
  if (next.type !== 'name' || next.value !== 'context') return fallback
  if (stream.skipName('with')) {
    stream.next()
    return true
  }
  if (stream.skipName('without')) {
    stream.next()
    return false
  }
  return fallback
}

export function parseInclude(stream: TokenStream, offset: number): Statement {
  const template = parseExpression(stream)
  const ignoreMissing = stream.isName('ignore') && stream.peek().value === 'missing'
  if (ignoreMissing) {
    stream.next()
    stream.next()
  }
  return { kind: 'include', offset, template, ignoreMissing, withContext: parseContext(stream, true) }
}

export function parseImport(stream: TokenStream, offset: number): Statement {
  const template = parseExpression(stream)
  stream.expectName('as')
  const name = stream.expectName()
  return { kind: 'import', offset, template, name, withContext: parseContext(stream, false) }
}

export function parseFromImport(stream: TokenStream, offset: number): Statement {
  const template = parseExpression(stream)
  stream.expectName('import')
  const names: { name: string; alias: string }[] = []
  while (stream.current.type === 'name' && stream.peek().value !== 'context') {
    const at = stream.current.offset
    const name = stream.expectName()
    if (name.startsWith('_')) stream.fail('names starting with an underline can not be imported', at)
    names.push({ name, alias: stream.skipName('as') ? stream.expectName() : name })
    if (!stream.skipOperator(',')) break
  }
  if (names.length === 0) stream.unexpected('expected a name to import')
  return { kind: 'fromImport', offset, template, names, withContext: parseContext(stream, false) }
}
