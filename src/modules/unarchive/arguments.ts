import { z } from 'zod'
import { bool, hostPath, int, nonEmptyText, text, textList, withAliases } from '../args.ts'
import { attributeArguments } from '../paths/arguments.ts'

const fields = z.strictObject({
  src: nonEmptyText().describe('An archive of the controller, with remote_src one of the host, or an address.'),
  dest: hostPath().describe('An existing directory on the host.'),
  remote_src: bool().optional().describe('src is an archive of the host; an address is downloaded by the controller.'),
  copy: bool().optional().describe('no: the same as remote_src.'),
  creates: hostPath().optional().describe('Nothing is unpacked when this path exists on the host.'),
  list_files: bool().default(false).describe('Return the names of what is in the archive.'),
  keep_newer: bool().default(false).describe('Files that are newer than those of the archive stay.'),
  exclude: textList().default([]).describe('Names or patterns of what is left out.'),
  include: textList().default([]).describe('Names of all that is taken (of a zip: patterns).'),
  extra_opts: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(text()))
    .default([])
    .describe('Further options of tar or unzip; for archives of the controller only --strip-components=N.'),
  decrypt: bool().default(true).describe('Decrypt a source that vault encrypted.'),
  validate_certs: bool().default(true).describe('no: take any TLS certificate of the address.'),
  io_buffer_size: int(1).optional().describe('Has no effect: files are compared by programs of the host.'),
  ...attributeArguments,
})

export type UnarchiveArguments = z.output<typeof fields>

export const isAddress = (src: string): boolean => src.includes('://')
export const onHost = ({ remote_src: remote, copy, src }: UnarchiveArguments): boolean =>
  (remote ?? copy === false) && !isAddress(src)

export const args = withAliases(fields, { attr: 'attributes' }).superRefine((given, context) => {
  const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
  if (given.copy !== undefined && given.remote_src !== undefined) say('copy', 'give copy or remote_src, one of them')
  if (given.include.length > 0 && given.exclude.length > 0) say('exclude', 'give include or exclude, one of them')
  for (const name of [...given.include, ...given.exclude])
    if (name === '' || name.startsWith('-')) say('include', `'${name}' is no name of a file`)
  if (isAddress(given.src) && !(given.remote_src ?? given.copy === false))
    say('src', 'an address needs remote_src: true')
  if (isAddress(given.src) && !/^https?:\/\//i.test(given.src)) say('src', 'must be an http or https address')
  if (onHost(given)) {
    if (!/^[/~]/.test(given.src)) say('src', 'must be an absolute path on the host')
  } else if (strip(given.extra_opts) === undefined) {
    const why =
      'which files others would make is known only to the tar of the host: copy the archive, and use remote_src'
    say('extra_opts', `only --strip-components=N is supported for archives of the controller: ${why}`)
  }
})

/** How many parts of each name the options cut off; undefined where they hold anything else. */
export function strip(options: readonly string[]): number | undefined {
  const match = /^(?:--strip(?:-components)?[= ](\d+))?$/.exec(options.join(' '))
  return match ? Number(match[1] ?? 0) : undefined
}
