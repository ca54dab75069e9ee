import { existsSync } from 'node:fs'
import type { AnyAuthMethod, Prompt } from 'ssh2'
import { agentWithKey } from './ssh-agent.ts'
import { firstLine } from './ssh-errors.ts'
import type { Keyring } from './ssh-keyring.ts'
import { type Attempt, type LoginPlan, methodOf } from './ssh-login-plan.ts'
import type { Ssh2 } from './ssh2.ts'
import { type Target, Unreachable } from './transport.ts'

export interface AuthContext {
  readonly target: Target
  readonly where: string
  readonly plan: LoginPlan
  readonly keyring: Keyring
  readonly ssh2: Ssh2
  /** The host key is not the known one: no password may be sent to it. */
  readonly untrusted: () => boolean
  /** Holds the clock while a person types. */
  readonly pause: <T>(waiting: Promise<T>) => Promise<T>
  /** Ends the login with its error. */
  readonly fail: (error: Unreachable) => void
}

type Next = (method: AnyAuthMethod) => void

/** The server's answer to the last attempt: the methods that may go on, and whether it was half of what it wants. */
export interface Refusal {
  readonly left: readonly string[]
  readonly partial: boolean
}

/** Hands out the attempts one by one, and never one that the server has said it does not take. */
export function authenticator(context: AuthContext): (answer: Refusal | undefined, next: Next) => void {
  const { target, plan } = context
  const waiting = [...plan.attempts]
  const tried: Attempt[] = []
  const notes = [...plan.notes]

  const tryNext = (answer: Refusal | undefined, next: Next): void => {
    const { left, partial } = answer ?? { left: undefined, partial: false }
    const last = tried.at(-1)
    // The same wrong password a second time, by another method, would count towards a lock-out.
    const refused = last?.kind === 'password' && !partial && left?.includes('password') === true
    for (let attempt = waiting.shift(); attempt; attempt = waiting.shift()) {
      if (left && !left.includes(methodOf(attempt)) && attempt.kind !== 'none') continue
      if (attempt.kind === 'keyboard' && refused) continue
      if ('password' in attempt && context.untrusted()) {
        notes.push('no password is sent to a host whose key is not the known one')
        continue
      }
      if (attempt.kind === 'locked') return void unlockAndTry(attempt, answer, next)
      tried.push(attempt)
      return next(toMethod(attempt))
    }
    context.fail(refusal(context, tried, notes, left ?? [], partial))
  }
  return tryNext

  async function unlockAndTry(attempt: Attempt & { kind: 'locked' }, answer: Refusal | undefined, next: Next) {
    try {
      const key = await context.pause(context.keyring.unlock(attempt.file, target.passphrase))
      tried.push(attempt)
      next({ type: 'publickey', username: target.user, key })
    } catch (error) {
      // No answer, or a wrong one: there may be a password yet.
      notes.push(error instanceof Error ? error.message : String(error))
      tryNext(answer, next)
    }
  }

  function toMethod(attempt: Exclude<Attempt, { kind: 'locked' }>): AnyAuthMethod {
    const username = target.user
    switch (attempt.kind) {
      case 'key':
        return { type: 'publickey', username, key: attempt.key }
      case 'agent':
        return {
          type: 'agent',
          username,
          agent: agentWithKey(context.ssh2, attempt.socketPath, attempt.key, (reason) =>
            context.fail(
              new Unreachable(
                'login',
                `the agent would not sign with ${attempt.label}: ${reason}`,
                'was it to be confirmed (ssh-add -c), or is a hardware key not plugged in?',
              ),
            ),
          ),
        }
      case 'password':
        return { type: 'password', username, password: attempt.password }
      case 'keyboard':
        return { type: 'keyboard-interactive', username, prompt: keyboard(attempt.password) }
      case 'none':
        return { type: 'none', username }
    }
  }

  /** Answers one hidden question with the password; anything else needs a person. */
  function keyboard(password: string) {
    let first: string | undefined
    return (
      _name: string,
      _instructions: string,
      _lang: string,
      prompts: Prompt[],
      finish: (answers: string[]) => void,
    ) => {
      const question = firstLine(prompts.map(({ prompt }) => prompt.trim()).join(' '))
      if (first === undefined && prompts.length === 1 && prompts[0]?.echo !== true) {
        first = question
        return finish([password])
      }
      context.fail(
        question === first
          ? refusal(context, tried, notes, ['keyboard-interactive'], false)
          : new Unreachable(
              'login',
              `${context.where} asks "${question}", which only a person can answer`,
              'log in with a key',
            ),
      )
    }
  }
}

/** The host has refused all that there is to try: says what was tried, and what the host would take. */
function refusal(
  { target, where, plan }: AuthContext,
  tried: readonly Attempt[],
  notes: readonly string[],
  left: readonly string[],
  partial: boolean,
): Unreachable {
  const who = `${target.user}@${where}`
  const aside = notes.length > 0 ? `; ${notes.join('; ')}` : ''
  const takes = left.length > 0 ? firstLine(left.join(', ')) : 'nothing more'
  const accepted = tried.filter((attempt) => left.length === 0 || left.includes(methodOf(attempt)))
  const labels = [...new Set(accepted.map(({ label }) => label))]
  if (partial) {
    return new Unreachable('login', `${who} wants a second proof after the first (${takes}), and there is none${aside}`)
  }
  if (plan.attempts[0]?.kind === 'none') {
    return new Unreachable(
      'login',
      `there is no key, agent or password to log in with as ${who}, which takes ${takes}${aside}`,
      'give one: --private-key FILE, -k for a password, or ssh-add',
    )
  }
  if (labels.length === 0) {
    const have = [...new Set(plan.attempts.map(({ label }) => label))].join(', ')
    return new Unreachable('login', `${who} takes only ${takes}; what there is (${have}) is of no use${aside}`)
  }
  const certificate = target.privateKeyFiles.map((file) => `${file}-cert.pub`).find((file) => existsSync(file))
  const onlyPassword = labels.length === 1 && accepted.every((attempt) => 'password' in attempt)
  return onlyPassword
    ? new Unreachable(
        'login',
        `${who} refused the password${aside}`,
        'is it the right user? root may need PermitRootLogin yes',
      )
    : new Unreachable(
        'login',
        `${who} refused ${labels.join(', ')}${aside}`,
        certificate === undefined
          ? `is it the right user? The public key must be in its ~/.ssh/authorized_keys: ssh-copy-id`
          : `the certificate ${certificate} is not shown by the built-in client: ansible_connection: openssh shows it`,
      )
}
