import { compilePattern, type RegexFlags } from '../../template/regex/translate.ts'
import { bool, hostPath, text } from '../args.ts'
import { attributeArguments } from '../paths/arguments.ts'
import { validateArgument } from '../paths/validate.ts'

/** What the modules that edit a file in place have in common, under Ansible's names. */
export const editArguments = {
  path: hostPath().describe('The file that is edited.'),
  backup: bool().default(false).describe('Keep the old file beside the new one.'),
  validate: validateArgument().optional(),
  ...attributeArguments,
}

export const editAliases = { dest: 'path', destfile: 'path', name: 'path', attr: 'attributes' }

/** A regular expression in Python's language, read when the playbook is. */
export const pattern = (flags: RegexFlags = {}) =>
  text().superRefine((value, context) => {
    try {
      compilePattern(value, flags)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
    }
  })
