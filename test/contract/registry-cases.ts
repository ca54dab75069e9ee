import type { Module } from '../../src/modules/define.ts'
import { loadModule, moduleNames } from '../../src/modules/registry.ts'
import type { LawCase, LawFixture } from '../support/law-fixture.ts'

/** A module of the registry with what its author says about trying it. */
export interface Subject {
  readonly name: string
  readonly module: Module
  /** Undefined: there is no fixture, which is a failure of its own. */
  readonly law: LawFixture | undefined
}

/** Modules that touch no host: there is nothing to probe, to change or to inject into. */
export const exempt: Readonly<Record<Module['kind'], string | undefined>> = {
  state: undefined,
  action: undefined,
  session: 'what it runs on a host is tried by its own tests',
  controller: 'runs on the controller alone: no script of it ever reaches a host',
  structure: 'says what a play consists of: no script of it ever reaches a host',
}

export async function subjects(): Promise<Subject[]> {
  return Promise.all(
    moduleNames.map(async (name) => ({ name, module: await loadModule(name), law: await fixtureOf(name) })),
  )
}

async function fixtureOf(name: string): Promise<LawFixture | undefined> {
  const path = `../fixtures/modules/${name}/law.ts`
  try {
    return ((await import(path)) as { readonly law: LawFixture }).law
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** `module: case`, as tests are named. */
export const title = ({ name }: Subject, one: LawCase): string => `${name}: ${one.name}`

/** What `npm test` tries of each module: its first case, from its first start state. What needs packages takes its time. */
export const isSample = ({ law }: Subject, one: LawCase): boolean =>
  one === law?.cases[0] && !one.needs?.includes('network')

export const firstStart = (_subject: Subject, one: LawCase): readonly string[] => one.arrange.slice(0, 1)

/** Modules that go through tools which differ between one release of a distribution and the next. */
const ofTheRelease: readonly string[] = [
  ...['apt', 'apt_repository', 'package_facts'],
  ...['service', 'service_facts', 'systemd', 'hostname', 'setup', 'sysctl'],
  ...['iptables', 'netfilter', 'rsyslog_facts', 'group', 'user'],
]

/**
 * What is tried on a second Debian: all of what its tools may change, and of each other module what `npm test` tries.
 * `package` goes through `apt` there, and its `dnf` is no release's own.
 */
export const elsewhere = (subject: Subject, one: LawCase): 'change' | undefined =>
  ofTheRelease.includes(subject.name) || isSample(subject, one) ? 'change' : undefined
