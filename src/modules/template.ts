import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import { bool, mode, nonEmptyText, text, withAliases } from './args.ts'
import { type Controller, defineModule, type RenderOptions } from './define.ts'
import { attributeArguments, destPath } from './paths/arguments.ts'
import { contentOf } from './paths/content.ts'
import { plainOctal } from './paths/mode.ts'
import { applyTree, oneFile, overlayTree, parseTree, planTree, probeTree, treeResult } from './paths/tree.ts'
import type { TreeWish } from './paths/tree.ts'
import { validateArgument } from './paths/validate.ts'

const delimiter = (usual: string) => nonEmptyText().default(usual).describe('In place of the usual delimiter.')

const newlines: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\r\\n': '\r\n' }
const newline = z.preprocess(
  (value) => (typeof value === 'string' ? (newlines[value] ?? value) : value),
  z.enum(['\n', '\r', '\r\n']).default('\n'),
)

const encodings: Readonly<Record<string, 'utf8' | 'latin1' | 'ascii'>> = {
  'utf-8': 'utf8',
  utf8: 'utf8',
  'latin-1': 'latin1',
  latin1: 'latin1',
  'iso-8859-1': 'latin1',
  ascii: 'ascii',
  'us-ascii': 'ascii',
}
const encoding = text()
  .refine((name) => Object.hasOwn(encodings, name.toLowerCase()), 'must be utf-8, latin-1 or ascii')
  .transform((name) => encodings[name.toLowerCase()] ?? 'utf8')

const args = withAliases(
  z.strictObject({
    src: nonEmptyText().describe('Template of the controller, in UTF-8.'),
    dest: destPath().describe('Where the rendered file goes; a directory takes it under the name of src.'),
    ...attributeArguments,
    mode: z
      .union([z.literal('preserve'), mode()])
      .optional()
      .describe('Permissions, octal or symbolic; preserve: those of the template.'),
    force: bool().default(true).describe('no: what is there already stays as it is.'),
    follow: bool().default(false).describe('Write what a link at dest leads to, rather than replace the link.'),
    backup: bool().default(false).describe('Keep the old file beside the new one.'),
    validate: validateArgument().optional(),
    trim_blocks: bool().default(true).describe('Leave out the newline after a block.'),
    lstrip_blocks: bool().default(false).describe('Leave out spaces before a block.'),
    newline_sequence: newline.describe('What ends the lines of the file.'),
    output_encoding: encoding.default('utf8').describe('utf-8, latin-1 or ascii.'),
    block_start_string: delimiter('{%'),
    block_end_string: delimiter('%}'),
    variable_start_string: delimiter('{{'),
    variable_end_string: delimiter('}}'),
    comment_start_string: delimiter('{#'),
    comment_end_string: delimiter('#}'),
  }),
  { attr: 'attributes' },
)

type Arguments = z.output<typeof args>

async function prepare(given: Arguments, controller: Controller): Promise<TreeWish> {
  const { dest, owner, group, force, follow, backup, validate } = given
  const path = controller.find('templates', given.src)
  const content = contentOf(encode(await rendered(path, given, controller), given, controller))
  const wished = given.mode === 'preserve' ? plainOctal((await stat(path)).mode & 0o7777) : given.mode
  return oneFile(
    { dest, owner, group, mode: wished, force, follow, backup, validate, content, name: basename(path) },
    path,
  )
}

/** The template's own lines may end as they like: Jinja takes them all for newlines. */
async function rendered(path: string, given: Arguments, controller: Controller): Promise<string> {
  const bytes = await controller.read(path)
  if (!isUtf8(bytes)) throw new UserError(`${path} is not UTF-8 text`, { at: controller.at('src') })
  const { trim_blocks: trimBlocks, lstrip_blocks: lstripBlocks, newline_sequence: end } = given
  const source = bytes.toString().replace(/\r\n?/g, '\n')
  const names = { written: given.src, dest: given.dest }
  const output = controller.render(source, path, { ...names, trimBlocks, lstripBlocks, ...delimiters(given) })
  return end === '\n' ? output : output.replaceAll('\n', end)
}

/** Nothing when all are Jinja's own. */
function delimiters(given: Arguments): Pick<RenderOptions, 'delimiters'> {
  const variable = [given.variable_start_string, given.variable_end_string] as const
  const block = [given.block_start_string, given.block_end_string] as const
  const comment = [given.comment_start_string, given.comment_end_string] as const
  const usual = [...variable, ...block, ...comment].join(' ') === '{{ }} {% %} {# #}'
  return usual ? {} : { delimiters: { variable, block, comment } }
}

function encode(output: string, { output_encoding: name }: Arguments, controller: Controller): Buffer {
  const limit = { utf8: 0x10ffff, latin1: 0xff, ascii: 0x7f }[name]
  const misfit = [...output].find((char) => (char.codePointAt(0) ?? 0) > limit)
  if (misfit === undefined) return Buffer.from(output, name)
  throw new UserError(`the character ${misfit} cannot be written in ${name}`, { at: controller.at('output_encoding') })
}

export default defineModule({
  name: 'template',
  doc: {
    summary: 'Render a Jinja template and write it to the host',
    example: `- template:
    src: rsyslog.conf.j2
    dest: /etc/rsyslog.d/30-forward.conf
    mode: "0600"
    validate: rsyslogd -N1 -f %s`,
    checkMode: 'The validator runs only when the file is written.',
    returns: {
      dest: 'the path written',
      checksum: 'SHA-1 of the content',
      mode: 'permissions as octal text',
      owner: 'name of the owner',
      group: 'name of the group',
      size: 'bytes',
      backup_file: 'where the old content was kept',
    },
  },
  args,
  prepare,
  probe: probeTree,
  parse: parseTree,
  overlay: overlayTree,
  plan: planTree,
  apply: applyTree,
  result: treeResult,
})
