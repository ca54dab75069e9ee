import { z } from 'zod'
import { nonEmptyText } from './args.ts'
import { defineStructure } from './define.ts'

export const applied = z.record(z.string(), z.unknown()).optional().describe('Keywords for the tasks that are included')

/** A file of tasks, read when its turn comes; as Ansible's `include_tasks`. */
export default defineStructure({
  name: 'include_tasks',
  doc: {
    summary: 'Include the tasks of a file while the play runs',
    checkMode: 'includes the tasks, which are then checked',
    example: '- include_tasks: { file: "{{ ansible_os_family }}.yml", apply: { tags: packages } }',
  },
  args: z.strictObject({
    file: nonEmptyText().describe('Relative to the role, the including file or the playbook; may be a template'),
    apply: applied,
  }),
  freeForm: 'file',
  raw: ['apply'],
})
