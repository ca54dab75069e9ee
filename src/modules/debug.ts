import { z } from 'zod'
import { defineController, type TaskContext } from './define.ts'
import { int } from './args.ts'
import type { Value } from '../source/value.ts'

/** A message or a variable's value, as Ansible's `debug`. */
export default defineController({
  name: 'debug',
  doc: {
    summary: 'Show a message or the value of a variable',
    checkMode: 'runs as in an apply: it touches no host',
    example: '- debug: { var: ansible_default_ipv4.address }',
    returns: { msg: 'the message', '(the name given as var)': 'its value' },
  },
  args: z
    .strictObject({
      msg: z.json().optional().describe('What to show'),
      var: z
        .union([z.string(), z.array(z.json())])
        .optional()
        .describe('The name of a variable, or an expression'),
      verbosity: int(0).default(0).describe('Show it only from this many -v on'),
    })
    .refine(({ msg, var: name }) => msg === undefined || name === undefined, {
      message: "'msg' and 'var' are incompatible options",
      path: ['var'],
    }),
  raw: ['var'],
  run({ msg, var: name, verbosity }, task) {
    if (verbosity > (task.verbosity ?? 0)) return { changed: false, skipped: 'Verbosity threshold not met.' }
    if (name === undefined) return { changed: false, result: { msg: msg ?? 'Hello world!' } }
    if (typeof name !== 'string') return { changed: false, result: { list: name } }
    const expression = bare(name)
    return { changed: false, result: { [expression]: valueOf(expression, task) } }
  },
})

/** `var: "{{ x }}"` is a common slip: Ansible would show the variable that x's value names. */
function bare(name: string): string {
  return /^\{\{((?:(?!\}\}).)*)\}\}$/s.exec(name.trim())?.[1]?.trim() ?? name.trim()
}

function valueOf(expression: string, task: TaskContext): Value {
  try {
    return task.evaluate(expression)
  } catch (error) {
    // Ansible shows an undefined variable instead of failing; a mistake in the expression itself stays an error.
    if (error instanceof Error && error.name === 'UndefinedVariable') return 'VARIABLE IS NOT DEFINED!'
    throw error
  }
}
