import { z } from 'zod'
import { bool, int, nonEmptyText, textList } from './args.ts'
import { defineStructure } from './define.ts'

const identifier = /^[A-Za-z_]\w*$/

/** Variables from files, for the rest of the run; as Ansible's `include_vars`. */
export default defineStructure({
  name: 'include_vars',
  doc: {
    summary: 'Load variables of the host from a file or a folder while the play runs',
    checkMode: 'runs as in an apply: it touches no host',
    example: '- include_vars: "{{ ansible_os_family }}.yml"',
    returns: { ansible_facts: 'the variables that were loaded', ansible_included_var_files: 'the files, in order' },
  },
  args: z
    .strictObject({
      file: nonEmptyText().optional().describe('A YAML or JSON file; relative to vars/ of the role or the playbook'),
      dir: nonEmptyText().optional().describe('A folder whose files are loaded in the order of their names'),
      name: z
        .string()
        .regex(identifier, 'must be the name of a variable')
        .optional()
        .describe('Put everything below this variable'),
      depth: int(0).default(0).describe('How many levels of folders to go down; 0: all of them'),
      files_matching: nonEmptyText().optional().describe('Only files whose name matches this regular expression'),
      ignore_files: textList().default([]).describe('Names of files to leave out, as regular expressions'),
      extensions: textList().default(['yaml', 'yml', 'json']).describe('Endings of the files to load'),
      ignore_unknown_extensions: bool().default(false).describe('Pass over other files instead of failing'),
      hash_behaviour: z.enum(['replace', 'merge']).optional().describe('Whether mappings replace or join older ones'),
    })
    .refine(({ file, dir }) => (file === undefined) !== (dir === undefined), {
      message: 'give either file or dir',
    }),
  freeForm: 'file',
})
