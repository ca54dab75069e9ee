import { UserError } from '../errors.ts'

/** As whom a session's shell runs, when not as the login user. */
export interface Become {
  readonly method: 'sudo'
  readonly user: string
  readonly password?: string
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
  const sudo = `sudo -H -u ${become.user}`
  if (become.password === undefined) return `${sudo} -n -- sh`
  return `${sudo} -S -p ${promptOf(nonce)} -- sh -c 'echo; echo ${readyOf(nonce)}; exec sh'`
}

/** sudo's prompt: random, because prompts come in every language and a MOTD could look like one. */
export const promptOf = (nonce: string): string => `${nonce}-password`
export const readyOf = (nonce: string): string => `${nonce}-ready`
