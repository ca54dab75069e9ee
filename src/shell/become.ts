import { UserError } from '../errors.ts'

/** As whom a session's shell runs, when not as the login user. */
export interface Become {
  readonly method: 'sudo'
  readonly user: string
  readonly password?: string
  /** The program, when it is not the `sudo` of the PATH. */
  readonly exe?: string
  /** Options in place of `-H`, one word each; how the password is asked for is not theirs to say. */
  readonly flags?: readonly string[]
}

/**
 * The command of a session's channel. It goes through the login shell, which may be fish or tcsh, so it holds
 * nothing but plain words and single quotes.
 *
 * Without a password sudo is told not to ask (`-n`): our script is already under way and must never be taken
 * for a password. With one, the inner shell reports itself first, since the script may only be sent once sudo
 * is done with standard input.
 */
export function shellCommand(become: Become | undefined, nonce: string): string {
  if (!become) return 'sh'
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(become.user)) {
    throw new UserError(`become_user '${become.user}' is not a user name`)
  }
  const { exe = 'sudo', flags = ['-H'] } = become
  const sudo = [exe, ...flags, '-u', become.user].map(plainWord).join(' ')
  if (become.password === undefined) return `${sudo} -n -- sh`
  return `${sudo} -S -p ${promptOf(nonce)} -- sh -c 'echo; echo ${readyOf(nonce)}; exec sh'`
}

/** Every login shell reads single quotes alike, as long as no quote, backslash, `!` or line break stands inside. */
function plainWord(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word
  if (/['\\!\n\r\0]/.test(word)) throw new UserError(`become: '${word}' cannot be passed through every login shell`)
  return `'${word}'`
}

/** sudo's prompt: random, because prompts come in every language and a MOTD could look like one. */
export const promptOf = (nonce: string): string => `${nonce}-password`
export const readyOf = (nonce: string): string => `${nonce}-ready`
