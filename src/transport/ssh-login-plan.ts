import type { ParsedKey } from 'ssh2'
import { firstLine } from './ssh-errors.ts'
import type { Keyring } from './ssh-keyring.ts'
import { describeKey } from './ssh-keys.ts'
import type { Target } from './transport.ts'

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
    ...others.flatMap((key) => fromAgent(key, `${firstLine(key.comment)} (${describeKey(key)}) of the agent`)),
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
    const alternatives = keys.length + asked.length
    if (!target.passphrase && alternatives + passwords.length > 0) {
      notes.push(`${file} is encrypted and nobody is there to ask for its passphrase`)
    } else if (alternatives > 0) {
      asked.push({ kind: 'locked', label, file })
    } else {
      const key = await keyring.unlock(file, target.passphrase)
      asked.push({ kind: 'key', label: `${file} (${describeKey(key)})`, key })
    }
  }
  const attempts = [...keys, ...asked, ...passwords]
  return { attempts: attempts.length > 0 ? attempts : [{ kind: 'none', label: 'no credential' }], notes }
}

const fingerprintOf = (key: ParsedKey) => key.getPublicSSH().toString('base64')

/** The name of an attempt's method in RFC 4252. */
export function methodOf(attempt: Attempt): string {
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
