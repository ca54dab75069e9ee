import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import { bool, mode, text, withAliases } from './args.ts'
import { type Controller, defineModule } from './define.ts'
import { attributeArguments, destPath } from './paths/arguments.ts'
import { type Content, contentOf, digest } from './paths/content.ts'
import { pythonJson } from './paths/json.ts'
import { plainOctal } from './paths/mode.ts'
import {
  applyTree,
  oneFile,
  overlayTree,
  parseTree,
  planTree,
  probeTree,
  treeResult,
  type TreeWish,
} from './paths/tree.ts'
import { validateArgument } from './paths/validate.ts'
import { walk } from './paths/walk.ts'
import type { FileWish } from './paths/written-file.ts'

const args = withAliases(
  z
    .strictObject({
      src: text().optional().describe('File or directory of the controller (with remote_src: a file of the host).'),
      content: z
        .union([z.record(z.string(), z.unknown()), z.array(z.unknown()), contentText()])
        .optional()
        .describe('The content itself; a mapping or list becomes JSON.'),
      dest: destPath().describe('Where it goes: a file, or a directory (always one with a trailing slash).'),
      ...attributeArguments,
      mode: z
        .union([z.literal('preserve'), mode()])
        .optional()
        .describe('Permissions, octal or symbolic; preserve: those of the source.'),
      directory_mode: mode().optional().describe('Permissions of the directories that are made.'),
      force: bool().default(true).describe('no: what is there already stays as it is.'),
      follow: bool().default(false).describe('Write what a link at dest leads to, rather than replace the link.'),
      local_follow: bool().default(true).describe('Copy what links in a source directory lead to.'),
      backup: bool().default(false).describe('Keep the old file beside the new one.'),
      validate: validateArgument().optional(),
      checksum: text().optional().describe('SHA-1 that the source must have.'),
      remote_src: bool().default(false).describe('src is a file of the host.'),
      decrypt: bool().default(true).describe('Decrypt a source that vault encrypted.'),
    })
    .refine(({ src, content }) => (src === undefined) !== (content === undefined), 'give src or content, one of them')
    .refine(({ content, dest }) => content === undefined || !dest.endsWith('/'), 'content needs a file as dest')
    .refine(({ src, remote_src }) => !remote_src || src?.startsWith('/') !== false, 'src must be absolute on the host')
    .refine((given) => given.mode !== 'preserve' || given.content === undefined, 'mode: preserve needs a src'),
  { attr: 'attributes' },
)

type Arguments = z.output<typeof args>

/** Any text: unlike other arguments it may hold a NUL byte, because it is written and never a word of a command. */
function contentText() {
  return z.preprocess(
    (value) => (typeof value === 'number' ? String(value) : value),
    z.union([z.string(), z.boolean()]),
  )
}

async function prepare(given: Arguments, controller: Controller): Promise<TreeWish> {
  const { src, content, remote_src: onHost } = given
  if (content !== undefined) return oneFile(fileWish(given, contentOf(Buffer.from(contentBytes(content)))))
  if (src === undefined) throw new UserError('copy needs src or content', { at: controller.at() })
  if (onHost) return oneFile({ ...fileWish(given), name: basename(src), source: src }, src)
  const path = controller.find('files', src.replace(/(.)\/+$/, '$1'))
  const source = await stat(path)
  if (source.isDirectory()) return directoryWish(given, path, controller)
  const read = await readSource(path, given, controller)
  const bits = plainOctal(source.mode & 0o7777)
  return oneFile({ ...fileWish(given, read, bits), name: basename(path) }, path)
}

function contentBytes(content: NonNullable<Arguments['content']>): string {
  if (typeof content === 'boolean') return content ? 'True' : 'False'
  return typeof content === 'string' ? content : pythonJson(content)
}

async function readSource(path: string, { decrypt, checksum }: Arguments, controller: Controller): Promise<Content> {
  const bytes = await controller.read(path, { decrypt })
  if (decrypt && bytes.subarray(0, 14).toString() === '$ANSIBLE_VAULT') {
    throw new UserError(`${path} is encrypted and was not decrypted`, { at: controller.at('src') })
  }
  const sum = digest(bytes, 'sha1')
  if (checksum !== undefined && sum !== checksum.toLowerCase()) {
    throw new UserError(`${path} has the SHA-1 ${sum}, not the one in checksum`, { at: controller.at('checksum') })
  }
  return contentOf(bytes)
}

function fileWish(given: Arguments, content?: Content, sourceMode?: string): FileWish {
  const { dest, owner, group, force, follow, backup, validate, directory_mode: directoryMode } = given
  const wished = given.mode === 'preserve' && sourceMode !== undefined ? sourceMode : given.mode
  return { dest, owner, group, mode: wished, force, follow, backup, validate, directoryMode, content }
}

/** Ansible's rule: with a trailing slash the source's contents go into dest, without one the directory itself does. */
async function directoryWish(given: Arguments, root: string, controller: Controller): Promise<TreeWish> {
  const { src = '', dest, owner, group, directory_mode: mode } = given
  const base = dest.replace(/\/$/, '')
  const top = src.endsWith('/') ? base : `${base}/${basename(root)}`
  const { directories, files, links } = await walk(root, given.local_follow)
  return {
    src: root,
    dest,
    attributes: { owner, group },
    directories: [top === '' ? '/' : top, ...directories.map((path) => `${top}/${path}`)].map((path) => ({
      path,
      mode,
    })),
    files: await Promise.all(
      files.map(async (file) => {
        const content = await readSource(`${root}/${file.path}`, given, controller)
        return { ...fileWish(given, content, file.mode), dest: `${top}/${file.path}`, follow: false }
      }),
    ),
    links: links.map(({ path, target }) => ({ path: `${top}/${path}`, src: target })),
  }
}

export default defineModule({
  name: 'copy',
  doc: {
    summary: 'Copy files, directories or a given content to the host',
    example: `- copy:
    content: "net.ipv4.ip_forward = 0\\n"
    dest: /etc/sysctl.d/10-forward.conf
    mode: "0644"`,
    checkMode: 'A validator runs only when a file is written.',
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
