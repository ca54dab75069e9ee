import { z } from 'zod'
import { bool, hostPath, int, number, secret, text, textList, withAliases } from '../args.ts'
import { only, refused } from '../paths/arguments.ts'
import { accountName, passwdField } from './names.ts'

const solaris = 'it belongs to Solaris'

export const userArguments = withAliases(
  z
    .strictObject({
      name: accountName().describe('Name of the user.'),
      state: z.enum(['present', 'absent']).default('present').describe('Whether the account is to be there.'),
      uid: int(0).optional().describe('Its number.'),
      non_unique: bool().default(false).describe('The number may be that of another user; needs uid.'),
      group: accountName().optional().describe('Primary group, by name or number.'),
      groups: textList().optional().describe('Further groups; an empty list: none.'),
      append: bool().default(false).describe('Only add to groups, leave those that are not named.'),
      comment: passwdField().optional().describe('The full name (GECOS).'),
      home: hostPath().optional().describe('Home directory.'),
      create_home: bool().default(true).describe('Make the home directory where it is missing.'),
      move_home: bool().default(false).describe('Move what is in the old home directory to a new one.'),
      skeleton: hostPath().optional().describe('What a new home directory is copied from.'),
      umask: text()
        .refine((value) => /^[0-7]{3,4}$/.test(value), 'must be octal digits')
        .optional()
        .describe('umask for a new home directory.'),
      shell: passwdField().optional().describe('Login shell.'),
      password: secret(passwdField())
        .optional()
        .describe("The password's hash (filter password_hash), or ! or * for none."),
      update_password: z
        .enum(['always', 'on_create'])
        .default('always')
        .describe('on_create: the password of an account that is there stays as it is.'),
      password_lock: bool().optional().describe('Lock or unlock the password.'),
      password_expire_max: int().optional().describe('Days after which the password must be changed.'),
      password_expire_min: int().optional().describe('Days before which it cannot be changed.'),
      expires: number().optional().describe('When the account expires, in seconds since 1970; negative: never.'),
      system: bool().default(false).describe('A new account gets a number of the system range.'),
      remove: bool().default(false).describe('With absent: remove the home directory and the mail too.'),
      force: bool().default(false).describe('With absent: even if the user is logged in. With a key: make a new one.'),
      generate_ssh_key: bool().default(false).describe('Make an SSH key pair where there is none.'),
      ssh_key_type: text()
        .refine((value) => /^[a-z0-9-]+$/.test(value), 'must be a type of key')
        .default('rsa')
        .describe('Type of the key.'),
      ssh_key_bits: int(0).default(0).describe('Bits of the key; 0: what ssh-keygen takes.'),
      ssh_key_file: passwdField().optional().describe('The private key, absolute or below the home directory.'),
      ssh_key_comment: text().optional().describe('Comment of the key; left out: ansible-generated on HOST.'),
      ssh_key_passphrase: secret(passwdField()).optional().describe('Passphrase of the key.'),
      local: only(false, 'the tools for local accounts only (libuser) are not used'),
      hidden: refused('it belongs to macOS'),
      login_class: refused('it belongs to the BSDs'),
      profile: refused(solaris),
      authorization: refused(solaris),
      role: refused(solaris),
      seuser: refused('use semanage login in a command'),
    })
    .superRefine((given, context) => {
      const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
      if (given.non_unique && given.uid === undefined) refuse('non_unique', 'needs uid')
      if (given.append && given.groups === undefined) refuse('append', 'needs groups')
      for (const group of given.groups ?? [])
        if (!/^[^\s:,-][^\s:,]*$/.test(group)) refuse('groups', `'${group}' is no name of a group`)
      if (given.move_home && given.home === undefined) refuse('move_home', 'needs home')
      if (given.home?.startsWith('~')) refuse('home', 'must be an absolute path')
    }),
  { user: 'name', createhome: 'create_home' },
)

export type UserWish = z.output<typeof userArguments>

/** A hash of crypt(3), or a mark that no password fits. */
export const looksHashed = (password: string): boolean =>
  /^(!*\$[a-z0-9-]+\$.+|[!*]+|!*_?[./0-9A-Za-z]{13,20})$/i.test(password)
