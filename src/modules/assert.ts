import { z } from 'zod'
import { defineController, type TaskContext } from './define.ts'
import { bool } from './args.ts'
import type { Value } from '../source/value.ts'

const message = z.union([z.string(), z.array(z.string())])

const args = z
  .strictObject({
    that: z
      .union([z.string(), z.boolean(), z.array(z.union([z.string(), z.boolean()]))])
      .describe('One condition or a list of them, written as in `when`'),
    fail_msg: message.optional().describe('What to say when a condition does not hold'),
    msg: message.optional().describe('The same as fail_msg'),
    success_msg: message.default('All assertions passed').describe('What to say when all hold'),
    quiet: bool().default(false).describe('Say less when all hold'),
  })
  .refine(({ fail_msg, msg }) => fail_msg === undefined || msg === undefined, {
    message: 'msg is another name for fail_msg: give one of them',
    path: ['msg'],
  })

/** Conditions that must hold; the first that does not is named, as in Ansible's `assert`. */
export default defineController({
  name: 'assert',
  doc: {
    summary: 'Fail unless conditions hold',
    checkMode: 'runs as in an apply: it touches no host',
    example: '- assert: { that: ["allowed_tcp_ports | length > 0"], fail_msg: "no port is open" }',
    returns: {
      msg: 'success_msg or fail_msg',
      assertion: 'the condition that did not hold',
      evaluated_to: 'its value',
    },
  },
  args,
  raw: ['that'],
  run({ that, fail_msg, msg, success_msg }, task) {
    const broken = [that].flat().find((condition) => !holds(condition, task))
    if (broken === undefined) return { changed: false, result: { msg: success_msg } }
    const said = fail_msg ?? msg ?? 'Assertion failed'
    const result: Record<string, Value> = { msg: said, assertion: broken, evaluated_to: false }
    return { changed: false, failed: [said].flat().join('\n'), result }
  },
})

function holds(condition: string | boolean, task: TaskContext): boolean {
  return typeof condition === 'boolean' ? condition : task.test(condition)
}
