import type { AnyAuthMethod, ParsedKey, Prompt } from 'ssh2'
import { restrictedAgent } from './ssh-agent.ts'
import { describeKey } from './ssh-keys.ts'
import type { Keyring } from './ssh-keyring.ts'
import type { Ssh2 } from './ssh2.ts'
import { type Target, Unreachable } from './transport.ts'

/** One thing to try. `label` names it in the error when the host refuses everything. */
export type Attempt =
  | { readonly kind: 'key'; readonly label: string; readonly key: ParsedKey }
  /** An encrypted key that nobody has been asked about yet. */
  | { readonly kind: 'locked'; readonly label: string; readonly file: string }
  | { readonly kind: 'agent'; readonly label: string; readonly socketPath: string; readonly key: ParsedKey }
  | { readonly kind: 'password' | 'keyboard'; readonly label: string; readonly password: string }
  /** Sent only when there is nothing else: it makes the server say what it would take. */
  | { readonly kind: 'none'; readonly label: string }

export interface LoginPlan {
  readonly attempts: readonly Attempt[]
  /** What could not be tried, and why; told when the login fails. */
  readonly notes: readonly string[]
}

/**
 * What to try, in order: keys at hand (one round trip each), the agent's, encrypted ones that somebody has to be asked
 * about, and the password. An encrypted key with nothing before it is asked for here, before the clock of the login runs.
 * @throws Unreachable when a key file is missing, unreadable, open to others, or encrypted with nobody to ask
 */
export async function planLogin(target: Target, keyring: Keyring): Promise<LoginPlan> {
  const files = await Promise.all(
    target.privateKeyFiles.map(async (file) => ({ file, content: await keyring.file(file) })),
  )
  const agent = target.agent === undefined ? undefined : await keyring.agent(target.agent)
  const held = agent?.kind === 'keys' ? agent.keys : []
  const notes = agent?.kind === 'dead' ? [`the agent at ${target.agent} is dead: ${agent.reason}`] : []

  const fromAgent = (key: ParsedKey, label: string): Attempt[] =>
    target.agent === undefined ? [] : [{ kind: 'agent', label, socketPath: target.agent, key }]
  const inAgent = (key: ParsedKey | undefined) =>
    held.find((other) => key && other.getPublicSSH().equals(key.getPublicSSH()))

  const direct: Attempt[] = []
  const locked: { readonly file: string; readonly label: string }[] = []
  for (const { file, content } of files) {
    const label = content.kind === 'locked' ? file : `${file} (${describeKey(content.key)})`
    const twin =
      content.kind === 'private' ? undefined : inAgent(content.kind === 'locked' ? content.publicKey : content.key)
    if (content.kind === 'private') direct.push({ kind: 'key', label, key: content.key })
    else if (twin) direct.push(...fromAgent(twin, label))
    else if (content.kind === 'locked') locked.push({ file, label })
    else notes.push(`${file} is a public key whose private half no agent holds`)
  }
  const listed = new Set(direct.flatMap((attempt) => ('key' in attempt ? [fingerprintOf(attempt.key)] : [])))
  const others = target.identitiesOnly ? [] : held.filter((key) => !listed.has(fingerprintOf(key)))
  const keys = [
    ...direct,
    ...others.flatMap((key) => fromAgent(key, `${key.comment} (${describeKey(key)}) of the agent`)),
  ]
  const { password } = target
  const passwords: Attempt[] =
    password === undefined
      ? []
      : [
          { kind: 'password', label: 'the password', password },
          { kind: 'keyboard', label: 'the password', password },
        ]
  const asked: Attempt[] = []
  for (const { file, label } of locked) {
    if (keys.length + asked.length > 0) asked.push({ kind: 'locked', label, file })
    else if (target.passphrase || passwords.length === 0) {
      const key = await keyring.unlock(file, target.passphrase)
      asked.push({ kind: 'key', label: `${file} (${describeKey(key)})`, key })
    } else notes.push(`${file} is encrypted and nobody is there to ask for its passphrase`)
  }
  const attempts = [...keys, ...asked, ...passwords]
  return { attempts: attempts.length > 0 ? attempts : [{ kind: 'none', label: 'no credential' }], notes }
}

const fingerprintOf = (key: ParsedKey) => key.getPublicSSH().toString('base64')

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

  return (answer, next) => {
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
      tried.push(attempt)
      if (attempt.kind === 'locked') void unlockAndTry(attempt, next)
      else next(toMethod(attempt))
      return
    }
    context.fail(refusal(context, tried, notes, left ?? [], partial))
  }

  async function unlockAndTry(attempt: Attempt & { kind: 'locked' }, next: Next): Promise<void> {
    try {
      const key = await context.pause(context.keyring.unlock(attempt.file, target.passphrase))
      next({ type: 'publickey', username: target.user, key })
    } catch (error) {
      context.fail(error instanceof Unreachable ? error : new Unreachable('login', String(error)))
    }
  }

  function toMethod(attempt: Exclude<Attempt, { kind: 'locked' }>): AnyAuthMethod {
    const username = target.user
    switch (attempt.kind) {
      case 'key':
        return { type: 'publickey', username, key: attempt.key }
      case 'agent':
        return { type: 'agent', username, agent: restrictedAgent(context.ssh2, attempt.socketPath, [attempt.key]) }
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
    let rounds = 0
    return (
      _name: string,
      _instructions: string,
      _lang: string,
      prompts: Prompt[],
      finish: (answers: string[]) => void,
    ) => {
      const [prompt] = prompts
      rounds++
      if (rounds === 1 && prompt && prompts.length === 1 && prompt.echo !== true) return finish([password])
      const question = prompts.map(({ prompt }) => prompt.trim()).join(' ')
      context.fail(
        rounds > 1 && /password/i.test(question)
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

function methodOf(attempt: Attempt): string {
  switch (attempt.kind) {
    case 'key':
    case 'locked':
    case 'agent':
      return 'publickey'
    case 'password':
      return 'password'
    case 'keyboard':
      return 'keyboard-interactive'
    case 'none':
      return 'none'
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
  const takes = left.length > 0 ? left.join(', ') : 'nothing more'
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
        `is it the right user? The public key must be in its ~/.ssh/authorized_keys: ssh-copy-id`,
      )
}
