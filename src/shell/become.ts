import { UserError } from '../errors.ts'

/** As whom a session's shell runs, when not as the login user. */
export interface Become {
  readonly method: BecomeMethod
  readonly user: string
  readonly password?: string
  /** The program, when it is not the `sudo` or `su` of the PATH. */
  readonly exe?: string
  /** Options (in place of sudo's `-H`), one word each; how the password is asked for is not theirs to say. */
  readonly flags?: readonly string[]
}

export const becomeMethods = ['sudo', 'su'] as const
export type BecomeMethod = (typeof becomeMethods)[number]

/** May a password be asked for, so that nothing must be sent before the shell has reported itself? */
export const mayAsk = ({ method, password }: Become): boolean => method === 'su' || password !== undefined

/**
 * The command of a session's channel. It goes through the login shell, which may be fish or tcsh, so it holds
 * nothing but plain words and single quotes.
 *
 * Without a password sudo is told not to ask (`-n`): our script is already under way and must never be taken
 * for a password. With one, the inner shell reports itself first, since the script may only be sent once sudo
 * is done with standard input.
 *
 * su cannot be told not to ask, nor what to ask with. Without a terminal its PAM reads one line of standard input, so
 * no terminal is needed. Its inner shell forgets what it reads until it is told to go on: a password that su did not
 * want must not be executed.
 */
export function shellCommand(become: Become | undefined, nonce: string): string {
  if (!become) return 'sh'
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(become.user)) {
    throw new UserError(`become_user '${become.user}' is not a user name`)
  }
  const { exe = become.method, flags = become.method === 'sudo' ? ['-H'] : [] } = become
  const words = [exe, ...flags].map(plainWord).join(' ')
  if (become.method === 'su') {
    const forget = `while read -r l; do case $l in ${goOf(nonce)}) break;; esac; done`
    return `${words} -s /bin/sh -c 'echo; echo ${readyOf(nonce)}; ${forget}; exec sh' ${become.user}`
  }
  const sudo = `${words} -u ${become.user}`
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
export const goOf = (nonce: string): string => `${nonce}-go`
