import { z } from 'zod'
import { defineController } from './define.ts'
import { bool } from './args.ts'
import type { Value } from '../source/value.ts'

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Variables a host has for the rest of the run, as Ansible's `set_fact`. */
export default defineController({
  name: 'set_fact',
  doc: {
    summary: 'Set variables of the host for the rest of the run',
    checkMode: 'runs as in an apply: it touches no host',
    example: '- set_fact: { web_port: "{{ 8000 + index }}" }',
    returns: { ansible_facts: 'the variables that were set' },
  },
  args: z
    .object({ cacheable: bool().default(false).describe('In ansible_facts as well; facts live as long as the run') })
    .catchall(z.json())
    .superRefine((given, context) => {
      const names = Object.keys(given).filter((name) => name !== 'cacheable')
      if (names.length === 0) {
        context.addIssue('No key/value pairs provided, at least one is required for this action to succeed')
      }
      for (const name of names) {
        if (identifier.test(name)) continue
        const message =
          `The variable name '${name}' is not valid. Variables must start with a letter or underscore character, ` +
          'and contain only letters, numbers and underscores.'
        context.addIssue({ code: 'custom', path: [name], message })
      }
    }),
  run(given) {
    const named = Object.entries(given).filter(([name]) => name !== 'cacheable')
    const facts = Object.fromEntries(named.map(([name, value]) => [name, truthOrText(value)]))
    return { changed: false, facts, kept: given.cacheable, result: { ansible_facts: facts } }
  },
})

/** Jinja renders to text, so Ansible turns the words of truth that come out of a template back into booleans. */
function truthOrText(value: Value): Value {
  if (typeof value !== 'string') return value
  const word = value.toLowerCase()
  if (word === 'true' || word === 'yes') return true
  return word === 'false' || word === 'no' ? false : value
}
