import fc from 'fast-check'
import type { Files } from '../../source/temporary.ts'

/** Every place where a variable can be set, under the value it gives there. */
export const levels = [
  'role defaults',
  ...['all', 'parent', 'alpha', 'beta', 'zeta'].flatMap((group) => [
    `inventory group ${group}`,
    `inventory group_vars ${group}`,
    `playbook group_vars ${group}`,
  ]),
  'inventory host',
  'inventory host_vars',
  'playbook host_vars',
  'play vars',
  'vars_files',
  'role vars',
  'block vars',
  'task vars',
  'set_fact',
  'registered',
  'role params',
  'extra vars',
] as const

/** The levels at which one variable is set. */
export type Case = readonly string[]

/** Every pair of neighbours once, and combinations of all; the same for the same seed. */
export function generate(count: number, seed: number): readonly Case[] {
  const neighbours = levels.slice(1).map((level, index) => [levels[index] ?? '', level])
  const combination = fc.subarray([...levels], { minLength: 2, maxLength: 6 })
  return [...neighbours, ...fc.sample(combination, { numRuns: count, seed })]
}

const names = (cases: readonly Case[], level: string) =>
  cases.flatMap((one, index) => (one.includes(level) ? [`v${index}`] : []))

/** All cases in one playbook: variable `vN` is set at the levels of case N, to the name of the level. */
export function filesFor(cases: readonly Case[]): Files {
  const at = (level: string) => Object.fromEntries(names(cases, level).map((name) => [name, level]))
  const yaml = (level: string) => JSON.stringify(at(level))
  const groups = ['all', 'parent', 'alpha', 'beta', 'zeta']
  const group = (name: string, more: object) => ({ vars: { ...at(`inventory group ${name}`) }, ...more })
  const host = { h: { ansible_connection: 'local', ...at('inventory host') } }
  const beta = group('beta', { hosts: { h: null } })
  const inventory = {
    all: group('all', {
      hosts: host,
      children: {
        parent: group('parent', {
          children: { alpha: group('alpha', { hosts: { h: null } }), zeta: group('zeta', { hosts: { h: null } }) },
        }),
        // The only group of its depth with a priority.
        other: { children: { beta: { ...beta, vars: { ...beta.vars, ansible_group_priority: 10 } } } },
      },
    }),
  }
  const values = cases.map((_, index) => `'registered' if v${index} is mapping else v${index}`)
  const play = {
    hosts: 'h',
    gather_facts: false,
    vars: at('play vars'),
    vars_files: ['vars.json'],
    pre_tasks: [
      { set_fact: at('set_fact') },
      ...names(cases, 'registered').map((name) => ({ command: 'true', register: name })),
    ],
    roles: [{ role: 'r', ...at('role params') }],
  }
  const probe = { name: 'probe', debug: { msg: `{{ [${values.join(', ')}] | join(';') }}` }, vars: at('task vars') }
  return {
    'inv/hosts.yml': JSON.stringify(inventory),
    ...Object.fromEntries(groups.map((name) => [`inv/group_vars/${name}.yml`, yaml(`inventory group_vars ${name}`)])),
    'inv/host_vars/h.yml': yaml('inventory host_vars'),
    ...Object.fromEntries(groups.map((name) => [`play/group_vars/${name}.yml`, yaml(`playbook group_vars ${name}`)])),
    'play/host_vars/h.yml': yaml('playbook host_vars'),
    'play/vars.json': yaml('vars_files'),
    'play/roles/r/defaults/main.yml': yaml('role defaults'),
    'play/roles/r/vars/main.yml': yaml('role vars'),
    'play/roles/r/tasks/main.yml': JSON.stringify([{ block: [probe], vars: at('block vars') }]),
    'play/site.yml': JSON.stringify([play]),
    'extra.json': yaml('extra vars'),
  }
}
