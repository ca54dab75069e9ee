/**
 * What a module must tell the law suite so that every law can be tried on it: `test/fixtures/modules/<name>/law.ts`
 * exports `const law: LawFixture`. The suite runs each case in a fresh scratch folder; `{{dir}}` stands for it, in
 * arguments (any string leaf) and in snippets.
 */
export interface LawFixture {
  readonly cases: readonly LawCase[]
}

export interface LawCase {
  /** Behaviour in a few words; unique within the fixture. */
  readonly name: string
  /** The task's arguments as YAML would give them. */
  readonly args: Readonly<Record<string, unknown>>
  /**
   * Start states: shell snippets, each run alone in a fresh scratch folder before the module. An empty snippet is
   * the untouched host. After the apply of each, a fresh probe must plan nothing.
   */
  readonly arrange: readonly string[]
  /**
   * What other people's tools do to a converged host: after each snippet the plan must hold a change, and the apply
   * must bring the host back. One for every attribute the arguments manage.
   */
  readonly drift: readonly Drift[]
  /** Files the controller reads through `find`/`read`, by the path the arguments name. */
  readonly files?: Readonly<Record<string, string>>
  /** Downloads by their address. */
  readonly downloads?: Readonly<Record<string, string>>
  /** The arguments hold a secret: the suite also looks for it in argv and environments of the host's processes. */
  readonly secret?: boolean
  /** The wish changes something every time by definition (`state: restarted`, `touch`). */
  readonly everyTime?: boolean
  /** The apply is expected to fail, leaving everything as it was (a validator that says no). */
  readonly fails?: boolean
  readonly needs?: readonly Need[]
}

export interface Drift {
  /** The attribute that is altered: `mode`, `owner`, `content`. */
  readonly what: string
  readonly script: string
}

/** What a host must offer for a case to make sense; the suite picks hosts by it, and fails when no host has it. */
export type Need = 'systemd' | 'apt' | 'iptables' | 'network'

/** The fixture's value with every `{{dir}}` in its string leaves replaced by the scratch folder. */
export function inDir<T>(value: T, dir: string): T {
  const walk = (item: unknown): unknown => {
    if (typeof item === 'string') return item.replaceAll('{{dir}}', dir)
    if (Array.isArray(item)) return item.map(walk)
    if (item !== null && typeof item === 'object' && !Buffer.isBuffer(item)) {
      return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, walk(inner)]))
    }
    return item
  }
  return walk(value) as T
}
