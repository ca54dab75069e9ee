import type { Statement } from './ast.ts'
import type { Engine, Frame } from './engine.ts'
import { Fault } from './errors.ts'
import { evaluate } from './evaluate.ts'
import { executeTemplate } from './inherit.ts'
import { findFile, readText } from './files.ts'
import { childOf, rootFrame } from './names.ts'
import { Module } from './namespace.ts'
import { Output } from './output.ts'
import { placedError } from './place.ts'
import { iterate } from './python/iterate.ts'
import { str } from './python/repr.ts'
import { type Template, templateOf } from './template.ts'
import { or, type PyValue, Undefined } from './values.ts'

type Include = Statement & { readonly kind: 'include' }
/** A statement that names another template. */
type Naming = Statement & { readonly kind: 'include' | 'import' | 'fromImport' | 'extends' }
type Import = Statement & { readonly kind: 'import' | 'fromImport' }

/** `{% include %}`: another template's output, which sees the names around it. */
export function include(engine: Engine, frame: Frame, node: Include, output: Output): void {
  const template = load(engine, frame, node, node.ignoreMissing)
  if (template === undefined) return
  const inner = node.withContext ? childOf(frame) : rootFrame(true)
  within(engine, template, () => executeTemplate(engine, inner, template, output))
}

/** `{% import … as name %}`: another template's macros and top-level names. */
export function importTemplate(engine: Engine, frame: Frame, node: Import): Module {
  const template = load(engine, frame, node, false)
  if (template === undefined) throw new Fault('no template to import')
  const inner = node.withContext ? childOf(frame) : rootFrame(true)
  const output = new Output(engine.literals)
  within(engine, template, () => executeTemplate(engine, inner, template, output))
  return new Module(inner.names, output.asText())
}

/** `{% from … import a, b as c %}`. */
export function fromImport(engine: Engine, frame: Frame, node: Statement & { readonly kind: 'fromImport' }): void {
  const module = importTemplate(engine, frame, node)
  for (const { name, alias } of node.names) {
    const missing = `the template does not export the requested name '${name}'`
    frame.names.set(
      alias,
      or(module.attribute(name), () => new Undefined(missing, { name })),
    )
  }
}

/** The template that a statement names: the first of the list that exists. */
export function load(engine: Engine, frame: Frame, node: Naming, ignoreMissing: boolean): Template | undefined {
  const wanted: PyValue = evaluate(engine, frame, node.template)
  engine.offset = node.offset
  const names = typeof wanted === 'string' ? [wanted] : iterate(wanted).map(str)
  for (const name of names) {
    const file = findFile(engine.context.searchPaths ?? [], name, 'templates')
    if (file === undefined) continue
    return readTemplate(engine, file)
  }
  if (ignoreMissing) return undefined
  throw new Fault(
    names.length === 1
      ? `template '${names.join('')}' not found`
      : `none of these templates was found: ${names.join(', ')}`,
    `looked in ${(engine.context.searchPaths ?? []).join(', ') || 'no folder at all'}`,
  )
}

function readTemplate(engine: Engine, file: string): Template {
  const text = normalizeText(readText(file))
  try {
    return templateOf(text, { ...engine.template.syntax, literalBackslashes: false, linesBefore: 0 }, file)
  } catch (error) {
    throw placedError(error, { text, file, at: undefined }, 0)
  }
}

/** Runs with another template as the place of errors. */
export function within(engine: Engine, template: Template, run: () => void): void {
  const outer = { template: engine.template, offset: engine.offset }
  engine.template = template
  engine.offset = 0
  run()
  engine.template = outer.template
  engine.offset = outer.offset
}

/** A template's text as Jinja reads it: `\n` line ends, without the last one. */
export function normalizeText(text: string): string {
  const unix = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  return unix.endsWith('\n') ? unix.slice(0, -1) : unix
}
