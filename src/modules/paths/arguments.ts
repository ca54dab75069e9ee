import { z } from 'zod'
import { bool, mode, text } from '../args.ts'

/** The arguments that every module for paths has in common, under Ansible's names. */

/** An absolute path whose trailing slash is kept, because `copy` gives it a meaning. */
export const destPath = () =>
  text()
    .refine((value) => value.startsWith('/') || value.startsWith('~'), 'must be an absolute path')
    .transform((value) => value.replace(/\/{2,}/g, '/'))

/** A name or a number; a colon would end it inside `chown a:b`. */
const account = () => text().refine((value) => /^[^:\n]+$/.test(value), 'must be a name or a number')

/** An argument of Ansible's that cannot be honoured: written down, it is an error that says why. */
export const refused = (why: string) =>
  z
    .unknown()
    .optional()
    .refine((value) => value === undefined || value === null, `not supported: ${why}`)
    .meta({ refused: why })
    .describe(`Not supported: ${why}.`)

/** The same for a switch of which only one position can be honoured. */
export const only = (honoured: boolean, why: string) =>
  bool()
    .optional()
    .refine((value) => value === undefined || value === honoured, `${String(!honoured)} is not supported: ${why}`)
    .describe(`Only ${String(honoured)}: ${why}.`)

const selinux = 'written files get the context that the policy gives their path (restorecon); set others with chcon'

export const attributeArguments = {
  mode: mode().optional().describe('Permissions: octal text ("0644") or symbolic (u=rw,g=r,o=).'),
  owner: account().optional().describe('Name or number of the user who owns it.'),
  group: account().optional().describe('Name or number of the group that owns it.'),
  selevel: refused(selinux),
  serole: refused(selinux),
  setype: refused(selinux),
  seuser: refused(selinux),
  unsafe_writes: only(false, 'files are replaced by a rename, so that no reader ever sees half of one'),
  attributes: refused('file system flags are not managed; use the command chattr'),
}

/** What the three common arguments wish for. */
export interface Attributes {
  readonly mode?: string | undefined
  readonly owner?: string | undefined
  readonly group?: string | undefined
}
