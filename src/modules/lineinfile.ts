import { z } from 'zod'
import { expander, patternOf } from '../template/regex/operations.ts'
import { bool, text, withAliases } from './args.ts'
import { defineModule } from './define.ts'
import { editAliases, editArguments, pattern } from './edits/arguments.ts'
import { byteText, bytesOf } from './edits/byte-text.ts'
import type { Editor } from './edits/edited-file.ts'
import { editLine } from './edits/line.ts'
import { editing } from './edits/module.ts'

const bytes = { bytes: true } as const

const args = withAliases(
  z
    .strictObject({
      ...editArguments,
      state: z.enum(['present', 'absent']).default('present').describe('Whether the line is to be there.'),
      line: text().optional().describe('The line, without its end.'),
      regexp: pattern(bytes)
        .optional()
        .describe('Python pattern: the last line it finds becomes the line; with absent, all it finds go.'),
      search_string: text().optional().describe('Like regexp, but a text that is looked for as it is.'),
      insertafter: pattern(bytes).optional().describe('Where a new line goes: below the last match, or BOF, EOF.'),
      insertbefore: pattern(bytes).optional().describe('Where a new line goes: above the last match, or BOF.'),
      backrefs: bool().default(false).describe('\\1 and \\g<name> in line mean groups of regexp; no match: no change.'),
      create: bool().default(false).describe('Make the file, and the directories above it, where they are missing.'),
      firstmatch: bool().default(false).describe('The first match counts, not the last.'),
    })
    .superRefine((given, context) => {
      const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
      const { state, line, regexp, search_string: search, insertafter, insertbefore, backrefs } = given
      if (insertafter !== undefined && insertbefore !== undefined)
        refuse('insertbefore', 'and insertafter exclude each other')
      if (regexp !== undefined && search !== undefined) refuse('search_string', 'and regexp exclude each other')
      if (backrefs && search !== undefined) refuse('backrefs', 'and search_string exclude each other')
      if (state === 'present' && line === undefined) refuse('line', 'is needed with state: present')
      if (state === 'present' && backrefs && regexp === undefined) refuse('regexp', 'is needed with backrefs: true')
      if (state === 'absent' && (line ?? regexp ?? search) === undefined)
        refuse('line', 'or regexp or search_string is needed with state: absent')
      if (line === undefined || regexp === undefined || !backrefs) return
      try {
        expander(byteText(line), patternOf(byteText(regexp), bytes))
      } catch (error) {
        refuse('line', error instanceof Error ? error.message : String(error))
      }
    }),
  { ...editAliases, regex: 'regexp', value: 'line' },
)

type Wish = z.output<typeof args>

const editor =
  (wish: Wish): Editor =>
  (before) => {
    if (!before && wish.state === 'absent') return { msg: 'file not present' }
    if (!before && !wish.create) return { msg: '', refuse: `${wish.path} does not exist: create: true makes it` }
    const { text: after, msg, found } = editLine(wish, byteText(before ?? Buffer.alloc(0)))
    const fields = found === undefined ? {} : { found }
    return { content: msg === '' ? before : bytesOf(after), msg, fields }
  }

/** One line of a file. */
export default defineModule({
  name: 'lineinfile',
  doc: {
    summary: 'Put a line into a text file, replace it or take it out',
    example: `- lineinfile:
    path: /etc/ssh/sshd_config
    regexp: '^#?PermitRootLogin '
    line: PermitRootLogin prohibit-password
    validate: sshd -t -f %s`,
    checkMode: 'A validator runs only when the file is written.',
    returns: {
      msg: 'line added, line replaced, N line(s) removed',
      found: 'with absent: how many lines matched',
      backup: 'where the old content was kept',
    },
  },
  args,
  ...editing(editor, (_wish, { backup_file: backup = '', ...result }) => ({ ...result, backup })),
})
