import type { Mapping, Value } from '../source/value.ts'
import type { Position } from '../source/position.ts'
import type { Body } from './ast.ts'
import type { Args } from './call.ts'
import type { FileKind } from './files.ts'
import type { OwnFilters } from './filters/own.ts'
import type { Template } from './template.ts'
import type { PyValue } from './values.ts'

/** Where a template's variables come from. */
export interface Scope {
  /**
   * The rendered value of a variable; undefined if there is none. It may throw: an `UndefinedVariable` (the variable's
   * own template uses something undefined) makes the variable undefined here, as in Ansible; everything else (not
   * known yet) passes through untouched.
   */
  get(name: string): Value | undefined
  /** All names, for "did you mean". */
  names(): Iterable<string>
  /**
   * The variable as it was written, before rendering; absent where the scope does not know. Ansible tells a lone
   * `{{ x }}` whose `x` is the number 5 (stays 5) from one whose `x` is a template that yields 5 (becomes text).
   */
  raw?(name: string): Value | undefined
}

export interface TemplateContext {
  readonly scope: Scope
  /** Where the text stands; errors inside it are placed relative to this. */
  readonly at?: Position
  /** Folders for includes and for the lookups `file`, `template`, `fileglob`, `first_found`, nearest first. */
  readonly searchPaths?: readonly string[]
  /** Asked before anything looks at files of the controller or runs there; refuses by throwing. */
  readonly beforeFiles?: () => void
  /** The folder in each of them where `first_found` looks before the path itself; `files` when left out. */
  readonly firstFoundIn?: FileKind
  /**
   * Asked before a built-in lookup runs, for example to refuse one that must not run yet, by throwing. Undefined: the
   * built-in lookup runs. `options` holds the keyword arguments; `query()` sets `wantlist`.
   */
  readonly lookup?: LookupHook
  /** Filters of one's own, which win over the built-in ones of the same name. */
  readonly filters?: OwnFilters
}

export type LookupHook = (
  name: string,
  args: readonly Value[],
  options: Mapping,
  context: TemplateContext,
) => Value | undefined

/** Names bound inside a template; the outermost frame's missing names are the scope's. */
export interface Frame {
  readonly names: Map<string, PyValue>
  /** Those of the names that hold final text (see final-text.ts). */
  readonly texts: Set<string>
  readonly parent: Frame | undefined
  /** Cut off from the variables: an `import` without context. */
  readonly isolated: boolean
}

/** A block and the template it stands in. */
export interface BlockSource {
  readonly template: Template
  readonly body: Body
}

/** One run of a template: what filters, tests, lookups and macros need to know of it. */
export interface Engine {
  readonly context: TemplateContext
  /** Rendered text that looks like a list, dict or bool becomes one (values in playbooks, never template files). */
  readonly literals: boolean
  /** Variables already fetched from the scope: each is asked for once per run. */
  readonly fetched: Map<string, PyValue>
  /** Blocks by name: those of the template that extends before those of the extended one. */
  readonly blocks: Map<string, readonly BlockSource[]>
  /** The template being run and the place in it, for errors. */
  template: Template
  offset: number

  callFilter(name: string, value: PyValue, args: Args): PyValue
  callTest(name: string, value: PyValue, args: Args): boolean
  /** Renders a string or a structure of strings as a playbook value, with the same variables. */
  render(value: Value): Value
  /** Renders a template file with extra variables, and with those that it has of itself. */
  renderFile(text: string, file: string, variables: Mapping, own: ReadonlyMap<string, PyValue>): string
}
