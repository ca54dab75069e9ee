/** A line of an authorized_keys file, as Ansible reads it. */
export interface KeyLine {
  readonly type: string
  readonly key: string
  /** In the order they were written; undefined: a flag such as `no-pty`. */
  readonly options: readonly (readonly [string, string | undefined])[]
  /** Undefined: the line ends with the key. */
  readonly comment: string | undefined
}

const types = new Set(
  [
    'ssh-ed25519',
    'ssh-rsa',
    'ssh-dss',
    'ssh-xmss@openssh.com',
    'rsa-sha2-256',
    'rsa-sha2-512',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'sk-ssh-ed25519@openssh.com',
    'sk-ecdsa-sha2-nistp256@openssh.com',
  ].flatMap((type) => [type, `${type.replace(/@openssh\.com$/, '')}-cert-v01@openssh.com`]),
).add('webauthn-sk-ecdsa-sha2-nistp256@openssh.com')

/** `a,b="x,y"` as pairs; as for sshd, commas in double quotes separate nothing, and a backslash keeps a quote. Names that repeat keep all their values. */
export function parseOptions(text: string): KeyLine['options'] {
  return [...text.matchAll(/(?:"(?:\\.|[^"\\])*"|[^,])+/g)].map(([part]) => {
    const equals = part.indexOf('=')
    return equals < 0 ? [part, undefined] : [part.slice(0, equals), part.slice(equals + 1)]
  })
}

/** The key in a line; undefined for a comment and for what is no key. */
export function parseKey(line: string): KeyLine | undefined {
  const words = line
    .replaceAll('\\#', '#')
    .split(/[ \t\r\n]+/)
    .filter((word) => word !== '')
  if (words[0]?.startsWith('#')) return undefined
  const at = words.findIndex((word) => types.has(word))
  const [type, key] = [words[at], words[at + 1]]
  if (at < 0 || type === undefined || key === undefined) return undefined
  const comment = words.slice(at + 2).join(' ')
  return {
    type,
    key,
    options: parseOptions(words.slice(0, at).join(' ')),
    comment: comment === '' ? undefined : comment,
  }
}

export function writeKey({ type, key, options, comment }: KeyLine): string {
  const words = options.map(([name, value]) => (value === undefined ? name : `${name}=${value}`)).join(',')
  return `${words === '' ? '' : `${words} `}${type} ${key} ${comment ?? ''}\n`
}

export interface KeysWish {
  readonly keys: readonly KeyLine[]
  readonly state: 'present' | 'absent'
  readonly exclusive: boolean
}

/** The file with the keys put in, changed or taken out; the same text when that is how it is. Pure. */
export function editKeys({ keys, state, exclusive }: KeysWish, before: string): string {
  const old = (before.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((line) => ({ line, parsed: parseKey(line) }))
  // A key that stands there twice counts as it stands last.
  let entries = old.filter(
    ({ parsed }, index) => !parsed || !old.some((other, at) => at > index && other.parsed?.key === parsed.key),
  )
  let changed = false
  for (const wished of keys) {
    const present = entries.find(({ parsed }) => parsed?.key === wished.key)
    if (state === 'absent' ? !present : present?.parsed && sameKey(present.parsed, wished)) continue
    changed = true
    entries = entries.filter((entry) => entry !== present)
    if (state === 'present') entries = [...entries, { line: '', parsed: wished }]
  }
  if (exclusive && state === 'present') {
    const kept = entries.filter(({ parsed }) => parsed && keys.some(({ key }) => key === parsed.key))
    changed ||= kept.length < entries.length
    entries = kept
  }
  if (!changed) return before
  return entries.map(({ line, parsed }) => (parsed ? writeKey(parsed) : line)).join('')
}

function sameKey(a: KeyLine, b: KeyLine): boolean {
  const options = (line: KeyLine) => JSON.stringify([...line.options].sort(([x], [y]) => (x < y ? -1 : 1)))
  return a.type === b.type && (a.comment ?? '') === (b.comment ?? '') && options(a) === options(b)
}
