import { UserError } from '../errors.ts'
import { argumentFields } from '../modules/args.ts'
import type { Module } from '../modules/define.ts'
import { moduleName, moduleNames } from '../modules/registry.ts'
import { contentAt } from '../source/locate.ts'
import { get, keyText, toValue, type MappingNode, type Node } from '../source/node.ts'
import { didYouMean } from '../source/suggest.ts'
import type { Mapping } from '../source/value.ts'
import type { Templated } from './playbook.ts'

/** By the registry's name of a module: arguments for where a task gives none. */
export type ModuleDefaults = ReadonlyMap<string, Templated>

/** The keyword `module_defaults`, over those of the surroundings: the innermost entry for a module replaces the others. */
export function readModuleDefaults(node: MappingNode, outer: ModuleDefaults): ModuleDefaults {
  const own = get(node, 'module_defaults')
  if (!own) return outer
  const parts = own.kind === 'sequence' ? own.items : [own]
  return new Map([...outer, ...parts.flatMap(entriesOf)])
}

function entriesOf(part: Node): (readonly [string, Templated])[] {
  if (part.kind !== 'mapping')
    throw new UserError('module_defaults: expected modules and their arguments', { at: part.at })
  return part.entries.map(({ key, value }) => {
    const written = keyText(key)
    if (written.startsWith('group/')) {
      throw new UserError(`module_defaults: the group '${written.slice(6)}' holds no module that Sallyport has`, {
        at: key.at,
        hint: "name the modules themselves; Ansible's groups are about clouds and appliances",
      })
    }
    const name = moduleName(written)
    if (name === undefined) {
      const suggestion = didYouMean(written, moduleNames)
      throw new UserError(`module_defaults: there is no module '${written}'`, {
        at: key.at,
        hint: suggestion === undefined ? '`sallyport doc` lists the modules' : `did you mean '${suggestion}'?`,
      })
    }
    if (value.kind === 'sequence')
      throw new UserError(`module_defaults: ${written}: expected a mapping`, { at: value.at })
    return [name, { value: toValue(value), at: contentAt(value) }] as const
  })
}

/** A task's arguments over a module's defaults; one that was given under its other name counts as given. */
export function overDefaults(module: Module, args: Mapping, defaults: Mapping): Mapping {
  const { aliases } = argumentFields(module.args)
  const canonical = (name: string): string => aliases[name] ?? name
  const given = new Set(Object.keys(args).map(canonical))
  const missing = Object.entries(defaults).filter(([name]) => !given.has(canonical(name)))
  return missing.length === 0 ? args : { ...Object.fromEntries(missing), ...args }
}
