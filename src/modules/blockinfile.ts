import { z } from 'zod'
import { bool, text, withAliases } from './args.ts'
import { defineModule } from './define.ts'
import { editAliases, editArguments, pattern } from './edits/arguments.ts'
import { editBlock } from './edits/block.ts'
import { byteText, bytesOf } from './edits/byte-text.ts'
import type { Editor } from './edits/edited-file.ts'
import { editing } from './edits/module.ts'

const bytes = { bytes: true } as const

const args = withAliases(
  z
    .strictObject({
      ...editArguments,
      state: z.enum(['present', 'absent']).default('present').describe('Whether the block is to be there.'),
      block: text().default('').describe('The lines between the markers; none: the block goes.'),
      marker: text().default('# {mark} ANSIBLE MANAGED BLOCK').describe('The marker lines; {mark} is BEGIN or END.'),
      marker_begin: text().default('BEGIN').describe('What {mark} is above the block.'),
      marker_end: text().default('END').describe('What {mark} is below the block.'),
      insertafter: pattern(bytes)
        .optional()
        .describe('Where a new block goes: below the last line that matches, or EOF; (?m) searches the whole text.'),
      insertbefore: pattern(bytes).optional().describe('Where a new block goes: above the last match, or BOF.'),
      create: bool().default(false).describe('Make the file, and the directories above it, where they are missing.'),
    })
    .refine(({ insertafter, insertbefore }) => insertafter === undefined || insertbefore === undefined, {
      message: 'and insertafter exclude each other',
      path: ['insertbefore'],
    }),
  { ...editAliases, content: 'block' },
)

type Wish = z.output<typeof args>

const editor =
  (wish: Wish): Editor =>
  (before) => {
    if (!before && !wish.create) return { msg: '', refuse: `${wish.path} does not exist: create: true makes it` }
    if (!before && wish.state === 'absent') return { msg: `File ${wish.path} not present` }
    const { text: after, msg } = editBlock(wish, before && byteText(before))
    return { content: bytesOf(after), msg }
  }

/** Lines between two marker lines in a file. */
export default defineModule({
  name: 'blockinfile',
  doc: {
    summary: 'Put a block of lines between markers into a text file, or take it out',
    example: `- blockinfile:
    path: /etc/hosts
    marker: "# {mark} managed: intake"
    block: |
      192.0.2.10 intake.example.com`,
    checkMode: 'A validator runs only when the file is written.',
    returns: { msg: 'Block inserted, Block removed, File created', backup_file: 'where the old content was kept' },
  },
  args,
  ...editing(editor),
})
