import { z } from 'zod'
import { matchesHost } from '../transport/known-hosts.ts'
import { bool, hostPath, nonEmptyText, text, withAliases } from './args.ts'
import { defineModule } from './define.ts'
import type { EditWish, Editor } from './edits/edited-file.ts'
import { decode, encode } from './edits/encoding.ts'
import { editing } from './edits/module.ts'
import { editKnownHosts, hashedLine, parseKnownHost } from './keys/known-hosts.ts'

const args = withAliases(
  z
    .strictObject({
      name: nonEmptyText()
        .refine((name) => !/[\s,]/.test(name), 'must be one name; another port is written as [name]:port')
        .transform((name) => name.toLowerCase())
        .describe('The host.'),
      key: text()
        .transform((key) => key.trim())
        .refine((key) => !/[\r\n]/.test(key), 'must be one line')
        .optional()
        .describe('A line as known_hosts has it: NAME TYPE KEY.'),
      path: hostPath().default('~/.ssh/known_hosts').describe('The file; its directory must be there.'),
      hash_host: bool().default(false).describe('Hash the name in the file.'),
      state: z.enum(['present', 'absent']).default('present').describe('Whether the key is to be there.'),
    })
    .superRefine(({ name, key, state }, context) => {
      const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['key'], message })
      if (key === undefined || key === '')
        return state === 'present' ? refuse('is needed with state: present') : undefined
      const parsed = parseKnownHost(key)
      if (!parsed) refuse('must be a line as known_hosts has it: NAME TYPE KEY')
      else if (!matchesHost(parsed.hosts, name)) refuse(`is for ${parsed.hosts}, not for ${name}`)
    }),
  { host: 'name' },
)

interface Wish extends EditWish {
  readonly host: string
  readonly line: string | undefined
  readonly state: 'present' | 'absent'
  readonly given: z.output<typeof args>
}

const editor =
  (wish: Wish): Editor =>
  (before) => {
    if (!before && wish.state === 'absent') return { msg: '' }
    const old = decode(before ?? Buffer.alloc(0), 'utf8')
    const after = editKnownHosts(wish, old)
    const content = encode(after, 'utf8')
    if (typeof content === 'string') return { msg: '', refuse: `${content} cannot be written` }
    return { msg: '', content: after === old ? undefined : content }
  }

/** The keys by which other hosts are known. */
export default defineModule({
  name: 'known_hosts',
  doc: {
    summary: 'Put the keys of hosts into a known_hosts file, or take them out',
    example: `- known_hosts:
    name: git.example.com
    key: git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA…
    path: /etc/ssh/ssh_known_hosts`,
    returns: { name: 'the host', key: 'the line as given', path: 'the file', state: 'present or absent' },
  },
  args,
  prepare(given): Wish {
    const { name: host, key, path, state, hash_host: hash } = given
    const line = key === undefined || key === '' ? undefined : hash ? hashedLine(host, key) : key
    return { path, parents: false, host, line, state, given }
  },
  ...editing(editor, ({ given: { name, key, path, hash_host, state } }) => ({
    name,
    key: key ?? null,
    path,
    hash_host,
    state,
  })),
})
