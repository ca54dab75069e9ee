import { spawnSync } from 'node:child_process'
import { UserError } from '../errors.ts'
import { matchesAny } from './patterns.ts'
import type { OptionLine } from './ssh-option-line.ts'
import { checkTokens, expandTokens, pathTokens, type Tokens } from './ssh-tokens.ts'

/** One word of a `Match` line with what it asks for. */
export interface Criterion {
  readonly kind: 'all' | 'final' | 'canonical' | 'host' | 'originalhost' | 'user' | 'localuser' | 'exec'
  readonly negated: boolean
  /** Patterns with commas between them, or the command. */
  readonly value: string
  readonly source: string
}

/** What a `Match` line is held against. */
export interface MatchSubject {
  /** The address, as far as it is known by now. */
  readonly host: string
  readonly originalHost: string
  readonly user: string
  readonly localUser: string
  /** The files are read a second time, which `Match final` asks for. */
  readonly final: boolean
  readonly tokens: Tokens
  /** Does this command succeed? */
  readonly succeeds: (command: string, source: string) => boolean
}

const alone = ['all', 'final', 'canonical'] as const
const valued = ['host', 'originalhost', 'user', 'localuser', 'exec'] as const

/** @throws UserError on a criterion that OpenSSH has not, or that only its own client can judge */
export function parseMatch({ words, source }: OptionLine): Criterion[] {
  const rest = words.flatMap((word) => {
    const [, name, value] = /^(!?[a-z]+)=(.*)$/is.exec(word) ?? []
    return name === undefined || value === undefined ? [word] : [name, value]
  })
  const criteria: Criterion[] = []
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const negated = word.startsWith('!')
    const name = word.replace('!', '').toLowerCase()
    const bare = alone.find((one) => one === name)
    const kind = bare ?? valued.find((one) => one === name)
    if (kind === undefined) {
      throw new UserError(`${source}: Match ${name} is not supported`, {
        hint: `Match knows ${[...alone, ...valued].join(', ')} here`,
      })
    }
    const value = bare ? '' : rest.shift()
    if (value === undefined) throw new UserError(`${source}: Match ${name} has no value`)
    if (kind === 'exec') checkTokens(value.replaceAll('$', ''), pathTokens, { source, env: {} })
    criteria.push({ kind, negated, value, source })
  }
  if (criteria.length === 0) throw new UserError(`${source}: Match has nothing to match`)
  const others = criteria.filter(({ kind }) => kind !== 'final' && kind !== 'canonical')
  if (others.some(({ kind, negated }) => kind === 'all' && (negated || others.length > 1))) {
    throw new UserError(`${source}: Match all stands alone, or behind final or canonical`)
  }
  return criteria
}

export function matches(criteria: readonly Criterion[], subject: MatchSubject): boolean {
  // In order, and no further than needed: a command is not run for hosts that a criterion before it leaves out.
  return criteria.every((criterion) => holds(criterion, subject) !== criterion.negated)
}

function holds({ kind, value, source }: Criterion, subject: MatchSubject): boolean {
  switch (kind) {
    case 'all':
      return true
    case 'final':
    case 'canonical':
      return subject.final
    case 'host':
      return matchesAny(value.toLowerCase().split(','), subject.host.toLowerCase())
    case 'originalhost':
      return matchesAny(value.toLowerCase().split(','), subject.originalHost.toLowerCase())
    case 'user':
      return matchesAny(value.split(','), subject.user)
    case 'localuser':
      return matchesAny(value.split(','), subject.localUser)
    case 'exec':
      return subject.succeeds(expandTokens(value, subject.tokens), source)
  }
}

/** Seconds that the command of a `Match exec` may take. */
const execPatience = 30

/** Runs the commands of `Match exec`, each once. */
export function commandRunner(env: NodeJS.ProcessEnv): MatchSubject['succeeds'] {
  const known = new Map<string, boolean>()
  return (command, source) => {
    const before = known.get(command)
    if (before !== undefined) return before
    const { status, error } = spawnSync(env.SHELL || '/bin/sh', ['-c', command], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: execPatience * 1000,
    })
    if (error) throw new UserError(`${source}: the command of Match exec did not end: ${error.message}`)
    known.set(command, status === 0)
    return status === 0
  }
}
