import type { Algorithms as Ssh2Algorithms } from 'ssh2'
import { hostKeyAlgorithms, noKnownKeyType } from './host-keys.ts'
import { matchesPattern } from './patterns.ts'
import type { Algorithms } from './ssh-options.ts'
import { type Target, Unreachable } from './transport.ts'

/** What the client uses of itself, and all that it has. */
export interface AlgorithmChoice {
  readonly usual: readonly string[]
  readonly all: readonly string[]
}

export type ClientAlgorithms = Readonly<Record<keyof Algorithms, AlgorithmChoice>>

const names: Readonly<Record<keyof Algorithms, string>> = {
  ciphers: 'Ciphers',
  kexAlgorithms: 'KexAlgorithms',
  hostKeyAlgorithms: 'HostKeyAlgorithms',
  macs: 'MACs',
}

/**
 * One of OpenSSH's lists, as far as the client has what is on it.
 * @throws Unreachable when it has nothing of it
 */
export function chosen(kind: keyof Algorithms, wanted: string | undefined, { usual, all }: AlgorithmChoice): string[] {
  if (wanted === undefined) return [...usual]
  const how = /^[-+^]/.exec(wanted)?.[0]
  const patterns = wanted.slice(how === undefined ? 0 : 1).split(',')
  const meant = patterns.flatMap((pattern) => all.filter((name) => matchesPattern(pattern, name)))
  const list =
    how === '+'
      ? [...usual, ...meant]
      : how === '-'
        ? usual.filter((name) => !meant.includes(name))
        : how === '^'
          ? [...meant, ...usual]
          : meant
  if (list.length > 0) return [...new Set(list)]
  throw new Unreachable(
    'handshake',
    `the built-in SSH client has nothing of ${names[kind]} ${wanted}`,
    'widen the list in ssh_config, or in the options for this host',
  )
}

/**
 * What a login asks for: the lists that somebody wants otherwise, and the types of host keys that known_hosts has.
 * @throws Unreachable when nothing is left to ask for
 */
export function loginAlgorithms(
  target: Target,
  knownTypes: readonly string[],
  client: ClientAlgorithms,
): Ssh2Algorithms {
  const wanted = target.algorithms ?? {}
  const of = (kind: keyof Algorithms) => (wanted[kind] === undefined ? [] : chosen(kind, wanted[kind], client[kind]))
  const allowed = of('hostKeyAlgorithms')
  const serverHostKey = hostKeyAlgorithms(knownTypes, allowed.length > 0 ? allowed : undefined)
  if (serverHostKey.length === 0) throw noKnownKeyType(target, knownTypes)
  const lists = { cipher: of('ciphers'), kex: of('kexAlgorithms'), hmac: of('macs'), serverHostKey }
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))
}
