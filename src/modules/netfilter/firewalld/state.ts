import type { HostFacts } from '../host.ts'
import { type Sections, linesOf, said } from '../sections.ts'
import { type BusValue, readBus } from './busctl.ts'
import type { Version } from './rules.ts'

/** What the probe found. */
export interface State {
  readonly host: HostFacts
  /** undefined: it does not run, or does not answer. */
  readonly version: Version | undefined
  /** `RUNNING`, or what keeps it from that. */
  readonly condition: string
  /** The zones whose packets are filtered. */
  readonly meant: readonly string[]
  readonly listenerTypes: boolean
  /** Zones that have interfaces or networks, with them. */
  readonly active: Readonly<Record<string, readonly string[]>>
  /** The meant zones, and others that bear rules of ours. */
  readonly zones: Readonly<Record<string, ZoneState>>
}

export interface ZoneState {
  /** In force; undefined: firewalld has no such zone now. */
  readonly runtime: ZoneSettings | undefined
  /** In its files. */
  readonly permanent: ZoneSettings | undefined
  /** firewalld does not run: only its files are there, and only its offline tool to change them. */
  readonly idle: boolean
}

export interface ZoneSettings {
  readonly target: string
  readonly rules: readonly string[]
}

export function readState(sections: Sections, host: HostFacts): State {
  const [version, condition] = linesOf(sections, 'firewalld').map((line) => readBus(line))
  const zones: Record<string, ZoneState> = {}
  for (const name of sections.keys()) {
    const [, kind, zone] = /^firewalld-(runtime|permanent|idle)-(.+)$/.exec(name) ?? []
    if (kind === undefined || zone === undefined) continue
    const before = zones[zone] ?? { runtime: undefined, permanent: undefined, idle: false }
    const lines = linesOf(sections, name)
    zones[zone] =
      kind === 'idle'
        ? { ...before, idle: true, permanent: { target: 'default', rules: lines.map(spelled) } }
        : { ...before, [kind]: readSettings(lines[0] ?? '') }
  }
  return {
    host,
    version: typeof version === 'string' ? readVersion(version) : undefined,
    condition: typeof condition === 'string' ? condition : '',
    meant: sections.get('firewalld')?.attributes ?? [],
    listenerTypes: said(sections, 'firewalld-listener-types'),
    active: readActive(readBus(linesOf(sections, 'firewalld-active')[0] ?? '')),
    zones,
  }
}

function readVersion(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map((part) => parseInt(part, 10) || 0)
  return [major, minor, patch]
}

const isRecord = (value: BusValue | undefined): value is { readonly [key: string]: BusValue } =>
  typeof value === 'object' && !Array.isArray(value)

const texts = (value: BusValue | undefined): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

/** A key that is at its default is left out. */
function readSettings(line: string): ZoneSettings | undefined {
  const settings = readBus(line)
  if (!isRecord(settings)) return undefined
  const { target, rules_str } = settings
  return { target: typeof target === 'string' ? target : 'default', rules: texts(rules_str).map(spelled) }
}

/** Some versions print a number without quotes here and there. */
const spelled = (rule: string): string => rule.replace(/ (\w+)=([^" ]+)(?= |$)/g, ' $1="$2"')

function readActive(value: BusValue | undefined): Record<string, string[]> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(
    Object.entries(value).map(([zone, has]) => [zone, isRecord(has) ? Object.values(has).flatMap(texts) : []]),
  )
}
