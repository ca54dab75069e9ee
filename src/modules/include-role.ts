import { z } from 'zod'
import { bool, nonEmptyText, withAliases } from './args.ts'
import { defineStructure } from './define.ts'
import { applied } from './include-tasks.ts'

export const roleArguments = {
  name: nonEmptyText().describe('The role'),
  tasks_from: nonEmptyText().default('main').describe('A file of its tasks/'),
  vars_from: nonEmptyText().default('main').describe('A file of its vars/'),
  defaults_from: nonEmptyText().default('main').describe('A file of its defaults/'),
  handlers_from: nonEmptyText().default('main').describe('A file of its handlers/'),
  allow_duplicates: bool().default(true).describe('Run the role again where it has run already'),
  rolespec_validate: bool().default(true).describe("Check the role's arguments against its specification"),
}

/** A role, read when its turn comes; as Ansible's `include_role`. */
export default defineStructure({
  name: 'include_role',
  doc: {
    summary: 'Include a role while the play runs',
    checkMode: 'includes the tasks, which are then checked',
    example: '- include_role: { name: web, tasks_from: install, public: true }',
  },
  args: withAliases(
    z.strictObject({
      ...roleArguments,
      public: bool().default(false).describe("Show the role's defaults and vars to the tasks behind it"),
      apply: applied,
    }),
    { role: 'name' },
  ),
  raw: ['apply'],
})
