import { z } from 'zod'
import { withAliases } from './args.ts'
import { defineStructure } from './define.ts'
import { roleArguments } from './include-role.ts'

/** A role, read with the playbook; as Ansible's `import_role`. */
export default defineStructure({
  name: 'import_role',
  doc: {
    summary: "Put a role's tasks in this place while the playbook is read",
    checkMode: 'the tasks are checked as if they were written here',
    example: '- import_role: { name: web, tasks_from: install }',
  },
  args: withAliases(z.strictObject(roleArguments), { role: 'name' }),
})
