import { z } from 'zod'
import { defineController } from './define.ts'

/** Fails with a message, as Ansible's `fail`. */
export default defineController({
  name: 'fail',
  doc: {
    summary: 'Fail with a message of your own',
    example: '- fail: { msg: "{{ inventory_hostname }} has no intake key" }\n  when: intake_key is not defined',
    returns: { msg: 'the message' },
  },
  args: z.strictObject({
    msg: z.json().default('Failed as requested from task').describe('What to say'),
  }),
  run: ({ msg }) => ({
    changed: false,
    failed: typeof msg === 'string' ? msg : JSON.stringify(msg),
    result: { msg },
  }),
})
