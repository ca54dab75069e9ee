import { expect } from 'chai'
import { becomeOf, type BecomeDefaults } from '../../src/engine/become.ts'
import type { Directives } from '../../src/playbook/playbook.ts'
import type { Value } from '../../src/source/value.ts'
import { createScope, nothingPending } from '../../src/variables/scope.ts'

const at = { file: 'play.yml', line: 1, column: 1 }
const none = new Map<string, never>()
const scope = (vars: Readonly<Record<string, Value>>) =>
  createScope(
    {
      roleDefaults: [],
      inventory: new Map(Object.entries(vars).map(([name, value]) => [name, { value }])),
      facts: new Map(),
      play: none,
      varsFiles: none,
      roleVars: [],
      task: none,
      results: new Map(),
      roleParams: none,
      extra: none,
      magic: new Map(),
      pending: nothingPending,
    },
    [],
  )

describe('as whom a task runs', () => {
  const keywords = (written: Readonly<Record<string, Value>>) =>
    ({
      environment: [],
      moduleDefaults: new Map(),
      ...Object.fromEntries(Object.entries(written).map(([name, value]) => [name, { value, at }])),
    }) as Directives
  const asked: BecomeDefaults = { become: undefined, method: undefined, user: undefined, password: undefined }
  const sudo = { method: 'sudo', user: 'root' }
  const table: readonly [string, Record<string, Value>, Record<string, Value>, Partial<BecomeDefaults>, unknown][] = [
    ['nobody else, as a rule', {}, {}, {}, undefined],
    ['root, where it says become', { become: true }, {}, {}, sudo],
    ['who become_user says', { become: true, becomeUser: 'app' }, {}, {}, { ...sudo, user: 'app' }],
    ['nobody else, where it says become_user alone', { becomeUser: 'app' }, {}, {}, undefined],
    ['whom it is already, without sudo', { become: true, becomeUser: 'ann' }, {}, {}, undefined],
    ['by the program of become_exe', { become: true, becomeExe: '/opt/sudo' }, {}, {}, { ...sudo, exe: '/opt/sudo' }],
    [
      'with become_flags, save those about the password',
      { become: true, becomeFlags: '-E -S -n -i' },
      {},
      {},
      { ...sudo, flags: ['-E', '-i'] },
    ],
    ['by su', { become: true, becomeMethod: 'su' }, {}, {}, { method: 'su', user: 'root' }],
    ['by su, as the command line says', { become: true }, {}, { method: 'su' }, { method: 'su', user: 'root' }],
    [
      'by su with what its variables say, not those of sudo',
      { become: true },
      {
        ansible_become_method: 'ansible.builtin.su',
        ansible_su_exe: '/bin/su',
        ansible_su_flags: '- -m',
        ansible_su_pass: 'geheim',
        ansible_sudo_flags: '-E',
      },
      {},
      { method: 'su', user: 'root', password: 'geheim', exe: '/bin/su', flags: ['-l', '-m'] },
    ],
    ['as the host’s variables say, before keywords', { become: false }, { ansible_become: true }, {}, sudo],
    [
      'as keywords say, before the command line',
      { become: true, becomeUser: 'app' },
      {},
      { user: 'other' },
      { ...sudo, user: 'app' },
    ],
  ]
  for (const [name, written, vars, options, is] of table) {
    it(name, () => expect(becomeOf(keywords(written), scope(vars), { ...asked, ...options }, 'ann')).to.deep.equal(is))
  }
})
