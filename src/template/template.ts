import type { Body, Expression } from './ast.ts'
import { inherits, mutates } from './analyse.ts'
import { defaultDelimiters, type Syntax } from './lexer.ts'
import { parseBareExpression, parseTemplate } from './parser.ts'

/** A template read once, for every host and task that renders it. */
export interface Template {
  readonly text: string
  /** The file it is, for errors; undefined for text inside a playbook. */
  readonly file: string | undefined
  readonly syntax: Syntax
  readonly body: Body
  /** Calls methods that change lists or dicts in place, so it has to work on copies of its variables. */
  readonly mutates: boolean
  /** Has blocks or extends another template. */
  readonly inherits: boolean
}

/** How strings in playbooks are read. */
export const valueSyntax: Syntax = {
  trimBlocks: true,
  lstripBlocks: false,
  literalBackslashes: true,
  delimiters: defaultDelimiters,
}

/** How template files are read. */
export const fileSyntax: Syntax = { ...valueSyntax, literalBackslashes: false }

const capacity = 2000
const values = new Map<string, Template>()
const files = new Map<string, Template>()
const expressions = new Map<string, Template>()
const conditions = new Map<string, Template>()

/** Parsed text by mode: `condition` is what `when` holds, `expression` a bare expression elsewhere. */
export type Mode = 'template' | 'expression' | 'condition'

export function parsedOf(text: string, mode: Mode): Template {
  return mode === 'template' ? templateOf(text, valueSyntax) : expressionOf(text, mode === 'condition')
}

/** The parsed template, from the cache if the same text was read before; throws `TemplateSyntaxError`. */
export function templateOf(text: string, syntax: Syntax, file?: string): Template {
  // Most texts by far are values of a playbook: they are their own key.
  if (syntax === valueSyntax && file === undefined) return cached(values, text, () => read(text, syntax, file))
  const key = [
    Number(syntax.trimBlocks),
    Number(syntax.lstripBlocks),
    Number(syntax.literalBackslashes),
    syntax.linesBefore ?? 0,
    syntax.delimiters === defaultDelimiters ? '' : JSON.stringify(syntax.delimiters),
    file ?? '',
    text,
  ].join('\0')
  return cached(files, key, () => read(text, syntax, file))
}

function read(text: string, syntax: Syntax, file: string | undefined): Template {
  const body = parseTemplate(text, syntax)
  return { text, file, syntax, body, mutates: mutates(body), inherits: inherits(body) }
}

/** A bare expression or condition as a template whose body is that one output. */
export function expressionOf(text: string, isCondition = false): Template {
  return cached(isCondition ? conditions : expressions, text, () => {
    const value = parseBareExpression(text, isCondition)
    const body: Body = [{ kind: 'output', offset: 0, value }]
    return { text, file: undefined, syntax: valueSyntax, body, mutates: mutates(body), inherits: false }
  })
}

/** The expression of a template made by `expressionOf`, or of one that is a lone `{{ … }}`. */
export function soleExpression(template: Template): Expression | undefined {
  const [first, ...rest] = template.body
  return first?.kind === 'output' && rest.length === 0 ? first.value : undefined
}

function cached(cache: Map<string, Template>, key: string, make: () => Template): Template {
  const known = cache.get(key)
  if (known !== undefined) return known
  const made = make()
  // A Map keeps insertion order: the oldest goes first, which is good enough for texts that recur per host.
  if (cache.size >= capacity)
    for (const oldest of cache.keys()) {
      cache.delete(oldest)
      break
    }
  cache.set(key, made)
  return made
}
