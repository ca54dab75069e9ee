import { z } from 'zod'
import { expander, patternOf } from '../template/regex/operations.ts'
import { compilePattern } from '../template/regex/translate.ts'
import { text, withAliases } from './args.ts'
import { defineModule } from './define.ts'
import { editAliases, editArguments, pattern } from './edits/arguments.ts'
import type { Editor } from './edits/edited-file.ts'
import { decode, encode, encodings } from './edits/encoding.ts'
import { editing } from './edits/module.ts'
import { sectionPattern, substituteAll } from './edits/substitution.ts'

const args = withAliases(
  z
    .strictObject({
      ...editArguments,
      regexp: pattern({ multiline: true }).describe(
        'Python pattern, searched in the whole text; ^ and $ match at lines.',
      ),
      replace: text().default('').describe('What each match becomes; \\1 and \\g<name> are groups of it.'),
      after: text().optional().describe('Only what is behind this pattern is replaced.'),
      before: text().optional().describe('Only what is before this pattern is replaced.'),
      encoding: text()
        .refine((name) => Object.hasOwn(encodings, name.toLowerCase()), 'must be utf-8, latin-1 or ascii')
        .transform((name) => encodings[name.toLowerCase()] ?? 'utf8')
        .default('utf8')
        .describe('How the file is written: utf-8, latin-1 or ascii.'),
    })
    .superRefine((given, context) => {
      const tried = (field: string, attempt: () => unknown) => {
        try {
          attempt()
        } catch (error) {
          context.addIssue({
            code: 'custom',
            path: [field],
            message: error instanceof Error ? error.message : String(error),
          })
        }
      }
      const section = sectionPattern(given)
      if (section !== undefined)
        tried(given.after ? 'after' : 'before', () => compilePattern(section, { dotAll: true }))
      tried('replace', () => expander(given.replace, patternOf(given.regexp, { multiline: true })))
    }),
  { ...editAliases },
)

type Wish = z.output<typeof args>

const editor =
  (wish: Wish): Editor =>
  (before) => {
    if (!before) return { msg: '', refuse: `${wish.path} does not exist` }
    const old = decode(before, wish.encoding)
    const { text: after, msg } = substituteAll(wish, old)
    if (after === old) return { msg }
    const content = encode(after, wish.encoding)
    if (typeof content === 'string')
      return { msg, refuse: `the character ${content} cannot be written in ${wish.encoding}` }
    return { content, msg }
  }

/** Everything that a pattern finds in a file. */
export default defineModule({
  name: 'replace',
  doc: {
    summary: 'Replace everything that a regular expression finds in a text file',
    example: `- replace:
    path: /etc/apt/sources.list
    regexp: 'http://deb\\.debian\\.org'
    replace: https://deb.debian.org`,
    checkMode: 'A validator runs only when the file is written.',
    returns: { msg: 'N replacements made', backup_file: 'where the old content was kept' },
  },
  args,
  ...editing(editor),
})
