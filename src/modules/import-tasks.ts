import { z } from 'zod'
import { nonEmptyText } from './args.ts'
import { defineStructure } from './define.ts'

/** A file of tasks, read with the playbook; as Ansible's `import_tasks`. */
export default defineStructure({
  name: 'import_tasks',
  doc: {
    summary: 'Put the tasks of a file in this place while the playbook is read',
    checkMode: 'the tasks are checked as if they were written here',
    example: '- import_tasks: packages.yml',
  },
  args: z.strictObject({
    file: nonEmptyText().describe('Relative to the role, the importing file or the playbook'),
  }),
  freeForm: 'file',
})
