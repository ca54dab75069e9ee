import { fingerprint, judgeHostKey, keyTypeLabel, keyTypeOf, type KnownHost, knownHostName } from './known-hosts.ts'
import type { KnownHostsStore } from './known-hosts-file.ts'
import { type Target, Unreachable } from './transport.ts'

export interface HostKeyCheck {
  /** Key types known for this host: what to ask the server for. Empty when it is not known yet. */
  readonly knownTypes: readonly string[]
  /**
   * Judges the key that the server showed; called once during the key exchange.
   * @throws Unreachable when the login must not go on
   */
  verify(key: Buffer): HostKeyFinding
}

export interface HostKeyFinding {
  readonly warnings: readonly string[]
  /** True when the key was let through although it is not the known one: a password must not be sent to it. */
  readonly untrusted: boolean
}

/** To be said where every key is let through. */
export const nothingVerified =
  'no known_hosts file has any entry and there is no terminal to ask on: nothing is being verified'

/** Prepares the check of one host's key against known_hosts, with OpenSSH's three kinds of StrictHostKeyChecking. */
export function hostKeyCheck(target: Target, store: KnownHostsStore, interactive: boolean): HostKeyCheck {
  const { checking, knownHostsFiles, alias, hashed = false } = target.hostKeys
  const name = alias?.toLowerCase() ?? knownHostName(target.host, target.port)
  // A line of a type that this client cannot ask for proves nothing, whatever the server shows.
  const find = (name: string) =>
    store.find(knownHostsFiles, name).filter(({ marker, keyType }) => marker !== undefined || canAskFor(keyType))
  const lookUp = () => ({
    matches: find(name),
    // As OpenSSH: a key recorded without a port also holds for the host's other ports, but never contradicts there.
    portless: name.startsWith('[') && alias === undefined ? find(target.host.toLowerCase()) : [],
  })

  const verify = (key: Buffer): HostKeyFinding => {
    const label = describe(key)
    // Looked up anew: another login may have met this host for the first time a moment ago.
    const { matches, portless } = lookUp()
    const direct = judgeHostKey(matches, key)
    const loose = judgeHostKey(portless, key)
    const verdict = loose.kind === 'revoked' || (direct.kind === 'unknown' && loose.kind === 'known') ? loose : direct
    switch (verdict.kind) {
      case 'known':
        return { warnings: [], untrusted: false }
      case 'revoked':
        throw new Unreachable(
          'host-key',
          `the host key of ${name} (${label}) is revoked at ${place(verdict.entry)}`,
          'somebody may be using a stolen key: do not log in; give the host a new key',
        )
      case 'changed':
        if (checking === 'no') return { warnings: [changed(name, label, verdict.entries)], untrusted: true }
        throw new Unreachable(
          'host-key',
          changed(name, label, verdict.entries),
          `somebody may be listening in; if the host was reinstalled: ssh-keygen -f ${verdict.entries[0]?.file} -R ${quoted(name)}`,
        )
      case 'authority-only':
        if (checking === 'no') return { warnings: [`the host key of ${name} was not verified`], untrusted: true }
        throw new Unreachable(
          'host-key',
          `${name} is known only by a certificate authority (${place(verdict.entry)}), which this transport cannot check`,
          `ansible_connection: openssh checks certificates; or compare its plain key's fingerprint with the host's own, then: ssh-keyscan -p ${target.port} ${target.host} >> ${knownHostsFiles[0] ?? '~/.ssh/known_hosts'}`,
        )
      case 'unknown':
        if (checking === 'yes') {
          throw new Unreachable(
            'host-key',
            `the host key of ${name} (${label}) is not in ${knownHostsFiles[0] ?? 'any known_hosts file'}`,
            `compare the fingerprint with the host's own, then: ssh-keyscan -p ${target.port} ${target.host} >> ${knownHostsFiles[0] ?? '~/.ssh/known_hosts'}`,
          )
        }
        return { warnings: firstContact(key, label), untrusted: false }
    }
  }

  const firstContact = (key: Buffer, label: string): readonly string[] => {
    const nothingKnown = checking === 'accept-new' && !interactive && store.isEmpty(knownHostsFiles)
    const warnings = nothingKnown ? [nothingVerified] : []
    const file = knownHostsFiles[0]
    if (file === undefined || file === '/dev/null')
      return [...warnings, `the host key of ${name} (${label}) was not verified`]
    try {
      store.add(file, name, key, keyTypeOf(key) ?? '', hashed)
      return [...warnings, `the new host key of ${name} (${label}) was added to ${file}`]
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return [...warnings, `the new host key of ${name} (${label}) could not be recorded: ${reason}`]
    }
  }

  const { matches, portless } = lookUp()
  const [direct, loose] = [matches, portless].map((entries) => entries.filter(({ marker }) => marker === undefined))
  const types = (direct?.length ? direct : (loose ?? [])).map(({ keyType }) => keyType)
  return { knownTypes: [...new Set(types)], verify }
}

/** The host could not show a key of any type that is recorded for it. */
export function noKnownKeyType(target: Target, knownTypes: readonly string[]): Unreachable {
  const types = knownTypes.map(keyTypeLabel).join(', ')
  return new Unreachable(
    'host-key',
    `${knownHostName(target.host, target.port)} no longer has a host key of a type that known_hosts has for it (${types})`,
    `somebody may be listening in; if the host was reinstalled: ssh-keygen -R ${quoted(knownHostName(target.host, target.port))}`,
  )
}

const place = (entry: KnownHost) => `${entry.file}:${entry.line}`

const quoted = (name: string) => (/^[\w.:-]+$/.test(name) ? name : `'${name}'`)

const describe = (key: Buffer) => `${keyTypeLabel(keyTypeOf(key) ?? 'unknown')} ${fingerprint(key)}`

function changed(name: string, label: string, entries: readonly KnownHost[]): string {
  const stored = entries.map((entry) => `${describe(Buffer.from(entry.key, 'base64'))} at ${place(entry)}`)
  return `the host key of ${name} has CHANGED: it shows ${label}, recorded is ${stored.join(', ')}`
}

const allAlgorithms: readonly (readonly [keyType: string, algorithms: readonly string[]])[] = [
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']],
]

const canAskFor = (type: string) => allAlgorithms.some(([keyType]) => keyType === type)

/**
 * What to ask the server for, of the algorithms that may be used: when the host is known, only the types that are
 * recorded. Its other keys would look like changed ones; and a server that suddenly has none of the recorded types is
 * not to be trusted.
 */
export function hostKeyAlgorithms(knownTypes: readonly string[], allowed?: readonly string[]): string[] {
  const known = allAlgorithms.filter(([keyType]) => knownTypes.includes(keyType))
  const usual = (known.length > 0 ? known : allAlgorithms).flatMap(([, algorithms]) => algorithms)
  return allowed ? allowed.filter((name) => usual.includes(name)) : usual
}
