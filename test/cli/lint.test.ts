import { expect } from 'chai'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readInput } from '../../src/cli/play-command.ts'
import type { PlayOptions } from '../../src/cli/options.ts'
import { sorted } from '../../src/cli/errors.ts'
import { isOneSlip, findSlips } from '../../src/engine/slips.ts'
import { planRun } from '../../src/engine/plan-run.ts'
import { UserError, UserErrors } from '../../src/errors.ts'
import { folderWith, type Files } from '../source/temporary.ts'
import { sallyport } from '../support/cli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const play = '- hosts: all\n  gather_facts: false\n  tasks: [{ping: }]\n'
const hosts = 'all:\n  hosts:\n    web1:\n'

/** Every mistake of a folder with `play.yml` and `hosts`, as `file:line:column: message (hint)`, sorted as shown. */
async function mistakes(files: Files, sources: readonly string[] = ['hosts.yml']): Promise<readonly string[]> {
  const folder = folderWith({ 'play.yml': play, 'hosts.yml': hosts, ...files })
  const options: PlayOptions = {
    inventory: sources.map((source) => join(folder, source)),
    verbose: 0,
    output: 'plain',
  }
  try {
    const input = await readInput([join(folder, 'play.yml')], 'check', options)
    input.transport.close()
    await planRun(input)
    return []
  } catch (error) {
    const errors = error instanceof UserErrors ? error.errors : error instanceof UserError ? [error] : undefined
    if (!errors) throw error
    return sorted(errors).map(({ at, message, hint }) => {
      const place = at ? `${at.file.replace(`${folder}/`, '')}:${at.line}:${at.column}: ` : ''
      return `${place}${message.replaceAll(`${folder}/`, '')}${hint === undefined ? '' : ` (${hint})`}`
    })
  }
}

describe('sallyport lint', () => {
  describe('says of variables, inventories and roles exactly what is wrong and where:', () => {
    const role = {
      'play.yml': '- hosts: all\n  gather_facts: false\n  roles: [r]\n',
      'roles/r/tasks/main.yml': '- ping:\n',
    }
    const table: readonly (readonly [string, Files, string | RegExp])[] = [
      [
        'group_vars that are a list',
        { 'group_vars/all.yml': '- a: 1\n' },
        'group_vars/all.yml:1:1: a variables file must be a mapping, this is a list (write each variable as name: value)',
      ],
      [
        'group_vars that are text',
        { 'group_vars/all.yml': 'a=1\n' },
        "group_vars/all.yml:1:1: a variables file must be a mapping, this is text 'a=1' (write each variable as name: value)",
      ],
      ['host_vars with a tab', { 'host_vars/web1.yml': 'a: 1\n\tb: 2\n' }, /^host_vars\/web1\.yml:2:1: .*tab/],
      [
        'host_vars with an open bracket',
        { 'host_vars/web1.yml': 'a: [1, 2\nb: 3\n' },
        /^host_vars\/web1\.yml:1:4: this \[ is never closed/,
      ],
      [
        'host_vars with an unquoted template',
        { 'host_vars/web1.yml': 'a: {{ b }}\n' },
        /^host_vars\/web1\.yml:1:4: .*must be quoted/,
      ],
      [
        'host_vars with an unknown tag',
        { 'host_vars/web1.yml': 'a: !valut x\n' },
        /^host_vars\/web1\.yml:1:4: unknown YAML tag !valut/,
      ],
      [
        'a second document',
        { 'group_vars/all.yml': 'a: 1\n---\nb: 2\n' },
        /^group_vars\/all\.yml:2:1: a second YAML document/,
      ],
      [
        'a merge of no mapping',
        { 'group_vars/all.yml': 'a:\n  <<: 1\n' },
        /^group_vars\/all\.yml:2:7: << takes a mapping/,
      ],
      [
        'an unknown alias',
        { 'group_vars/all.yml': 'a: *none\n' },
        /^group_vars\/all\.yml:1:4: there is no anchor &none/,
      ],
      [
        'a wrong indent',
        { 'group_vars/all.yml': 'a:\n  b: 1\n c: 2\n' },
        /^group_vars\/all\.yml:3:2: the indentation does not fit/,
      ],
      [
        'a colon inside text',
        { 'group_vars/all.yml': 'a: see: this\n' },
        /^group_vars\/all\.yml:1:7: .*must be quoted/,
      ],
      [
        'half a vault',
        { 'group_vars/all.yml': 'a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  00\n' },
        /^group_vars\/all\.yml:1:4: this vault text is damaged/,
      ],
      [
        'a damaged vault',
        { 'group_vars/all.yml': 'a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  zz\n' },
        /^group_vars\/all\.yml:1:4: this vault text is damaged/,
      ],
      [
        'a vault of an unknown version',
        { 'group_vars/all.yml': '$ANSIBLE_VAULT;9.9;AES256\n00\n' },
        /^group_vars\/all\.yml:1:1: vault format 9\.9 is not supported/,
      ],
      [
        'a variable that refers to itself',
        {
          'host_vars/web1.yml': 'msg: "{{ msg }}"\n',
          'play.yml': '- hosts: all\n  gather_facts: false\n  tasks: [{debug: {msg: "{{ msg }}"}}]\n',
        },
        /^host_vars\/web1\.yml:1:1: the variable refers to itself: msg → msg/,
      ],
      [
        'a template that is not closed',
        {
          'host_vars/web1.yml': 'm: "{{ x"\n',
          'play.yml': '- hosts: all\n  gather_facts: false\n  tasks: [{debug: {msg: "{{ m }}"}}]\n',
        },
        /^host_vars\/web1\.yml:1:9: expected '\}\}'/,
      ],
      [
        'an undefined variable inside one',
        {
          'host_vars/web1.yml': 'm: "{{ nothing }}"\n',
          'play.yml': '- hosts: all\n  gather_facts: false\n  tasks: [{debug: {msg: "{{ m }}"}}]\n',
        },
        /^host_vars\/web1\.yml:1:8: .*'nothing'/,
      ],
      [
        'a missing vars file',
        { 'play.yml': '- hosts: all\n  gather_facts: false\n  vars_files: [none.yml]\n  tasks: []\n' },
        /^play\.yml:3:16: .*there is no file none\.yml/,
      ],
      [
        'defaults that are a list',
        { ...role, 'roles/r/defaults/main.yml': '- a\n' },
        /^roles\/r\/defaults\/main\.yml:1:1: a variables file must be a mapping, this is a list/,
      ],
      [
        'role vars that are broken',
        { ...role, 'roles/r/vars/main.yml': 'a: "b\n' },
        /^roles\/r\/vars\/main\.yml:1:4: this quote is never closed/,
      ],
      [
        'role tasks that are a mapping',
        { ...role, 'roles/r/tasks/main.yml': 'ping:\n' },
        /^roles\/r\/tasks\/main\.yml:1:1: .*list/,
      ],
      [
        'a role task with a slip',
        { ...role, 'roles/r/tasks/main.yml': '- pnig:\n' },
        /^roles\/r\/tasks\/main\.yml:1:3: 'pnig'.*\(did you mean 'ping'\?\)/,
      ],
      [
        'handlers with a slip',
        { ...role, 'roles/r/handlers/main.yml': '- name: h\n  copy: {dset: /x, content: a}\n' },
        /^roles\/r\/handlers\/main\.yml:2:10: copy has no argument 'dset'.*'dest'/m,
      ],
      [
        'argument specs of an unknown type',
        {
          ...role,
          'roles/r/meta/argument_specs.yml': 'argument_specs:\n  main:\n    options:\n      a:\n        type: strnig\n',
        },
        /^roles\/r\/meta\/argument_specs\.yml:5:15: .*'strnig'/,
      ],
      [
        'an argument of a role of the wrong type',
        {
          ...role,
          'roles/r/meta/argument_specs.yml': 'argument_specs:\n  main:\n    options:\n      a: {type: int}\n',
          'host_vars/web1.yml': 'a: many\n',
        },
        /^host_vars\/web1\.yml:1:1: a: expected a whole number, got "many"/,
      ],
      [
        'a template of a role with a mistake',
        {
          ...role,
          'roles/r/tasks/main.yml': '- template: {src: a.j2, dest: /x}\n',
          'roles/r/templates/a.j2': 'ok\n{% if x %}\n',
        },
        /^roles\/r\/templates\/a\.j2:2:4: \{% if %\} is never closed/,
      ],
      [
        'a YAML inventory with hosts as a list',
        { 'hosts.yml': 'web:\n  hosts: [web1]\n' },
        /^hosts\.yml:2:10: the hosts of 'web' must be a mapping, not a list/,
      ],
      [
        'a port that is none',
        { 'hosts.yml': 'all:\n  hosts:\n    web1: {ansible_port: ssh}\n' },
        /^hosts\.yml:3:12: web1: ansible_port: "ssh" is no port/,
      ],
      [
        'a connection that is none',
        { 'hosts.yml': 'all:\n  hosts:\n    web1: {ansible_connection: telnet}\n' },
        /^hosts\.yml:3:12: web1: ansible_connection "telnet" is not supported/,
      ],
    ]
    for (const [what, files, expected] of table)
      it(what, async () => {
        const found = await mistakes(files)
        if (typeof expected === 'string') expect(found).to.deep.equal([expected])
        else expect(found.join('\n')).to.match(expected)
      })
  })

  it('tells all mistakes of inventory, variables, playbook and roles at once, in order, and each once', async () => {
    const found = await mistakes({
      'hosts.yml': 'all:\n  host:\n    web1:\n  hosts: {web1: , 10: }\n',
      'group_vars/all.yml': '- 1\n',
      'play.yml':
        '- hosts: all\n  gather_facts: false\n  roles: [r]\n  tasks:\n    - pnig:\n    - copy: {dset: /x}\n- hosts: all\n  roles: [r]\n',
      'roles/r/tasks/main.yml': '- comand: ls\n',
    })
    expect(found.map((one) => one.replace(/: .*/, ''))).to.deep.equal([
      'group_vars/all.yml:1:1',
      'hosts.yml:2:3',
      'hosts.yml:4:19',
      'play.yml:5:7',
      'play.yml:6:13',
      'play.yml:6:14',
      'roles/r/tasks/main.yml:1:3',
    ])
  })

  it('looks at what stands beside and below a wrong keyword of a play, a role, a block and a task', async () => {
    const found = await mistakes({
      'hosts.yml': 'all:\n  hosts: {web1: }\n',
      'roles/r/tasks/main.yml': '- ping:\n',
      'play.yml': [
        '- hosts: all',
        '  gater_facts: false',
        '  become: 17',
        '  roles:',
        '    - {role: r, become: [1], loop: [1]}',
        '  tasks:',
        '    - wen: 1',
        '      become: x',
        '      block:',
        '        - copy: {sorc: x, dest: /x}',
        '          whn: true',
        '          loop_control: 5',
        '    - debug: {mesg: "{{ x }}"}',
        '      when: "a =="',
        '      loop: 5',
        '      with_itmes: [1]',
        '    - include_tasks: nope.yml',
        '      become: true',
        '    - frob: x',
        '      whn: y',
        '    - command: ls',
        '      copy: {}',
        '      whn: 1',
        '',
      ].join('\n'),
    })
    const places = found.map((one) => /:(\d+:\d+)/.exec(one)?.[1])
    expect(places).to.deep.equal(
      [
        '2:3',
        '3:11',
        '5:25',
        '5:30',
        '7:7',
        '8:15',
        '10:18',
        '11:11',
        '12:25',
        '13:15',
        '14:18',
        '15:13',
        '16:7',
      ].concat(['17:22', '18:7', '19:7', '20:7', '22:7', '23:7']),
    )
  })

  it('tells the mistakes of several inventories at once', async () => {
    const found = await mistakes({ 'a.yml': 'web:\n  hots:\n', 'b.ini': '[web:var]\n' }, ['a.yml', 'b.ini'])
    expect(found).to.have.length(2)
  })

  it('shows them with code frames, exits 1, and looks at inventories alone', async () => {
    const folder = folderWith({ 'hosts.yml': 'all:\n  hosst:\n    web1:\n', 'ok.yml': hosts })
    const wrong = await sallyport(['lint', '-i', 'hosts.yml'], { cwd: folder })
    expect(wrong.code).to.equal(1)
    expect(wrong.stderr).to.equal(
      "hosts.yml:2:3: error: unknown key 'hosst' in the group 'all'\n 1 | all:\n 2 |   hosst:\n   |   ^\nhint: did you mean 'hosts'?\n",
    )
    const right = await sallyport(['lint', '-i', 'ok.yml'], { cwd: folder })
    expect(right).to.deep.equal({ code: 0, stdout: 'ok.yml: no mistakes found\n', stderr: '' })
    expect((await sallyport(['lint'], { cwd: folder })).stderr).to.match(/there is nothing to check/)
  })

  it("looks into mappings that a role's arguments hold", async () => {
    const found = await mistakes({
      'hosts.yml': 'all:\n  hosts: {web1: }\n',
      'roles/r/tasks/main.yml': '- ping:\n',
      'roles/r/meta/argument_specs.yml': [
        'argument_specs:',
        '  main:',
        '    options:',
        '      app: {type: dict, options: {level: {type: int}, must: {required: true}}}',
        '      many: {type: list, elements: dict, options: {name: {choices: [a, b]}}}',
        '',
      ].join('\n'),
      'play.yml': [
        '- hosts: all',
        '  roles:',
        '    - role: r',
        '      app:',
        '        level: x',
        '        levle: 1',
        '      many: [{name: a}, {name: c}]',
        '',
      ].join('\n'),
    })
    expect(found.map((one) => one.split('\n')[0])).to.deep.equal([
      'play.yml:5:9: app.level: expected a whole number, got "x"',
      'play.yml:5:9: app.must: it is required and not set',
      "play.yml:6:9: app.levle: there is no such key: did you mean 'level'?",
      'play.yml:7:26: many[1].name: expected one of a, b, got "c"',
    ])
  })

  it('needs an inventory for every playbook that goes beyond this machine', async () => {
    const play = (hosts: string) => `- hosts: ${hosts}\n  gather_facts: false\n  tasks: [{debug: {msg: here}}]\n`
    const folder = folderWith({ 'here.yml': play('localhost'), 'there.yml': play('all') })
    const here = await sallyport(['apply', 'here.yml'], { cwd: folder, env: { ANSIBLE_INVENTORY: '' } })
    expect([here.code, here.stderr]).to.deep.equal([0, ''])
    const there = await sallyport(['apply', 'there.yml'], { cwd: folder, env: { ANSIBLE_INVENTORY: '' } })
    expect(there.code).to.equal(1)
    expect(there.stderr).to.match(/no inventory was given/)
  })

  it('finds the shipped playbook, inventories and roles without a mistake or a warning', async () => {
    const result = await sallyport(['lint', 'playbooks/netfilter.yml', '-i', 'inventories/example.yml'], {
      cwd: root,
      env: { SEKOIA_INTAKE_KEY: 'abc' },
    })
    expect(result).to.deep.include({ code: 0, stderr: '' })
    expect((await sallyport(['lint', '-i', 'inventories'], { cwd: root })).code).to.equal(0)
  })

  describe('names variables that are used nowhere and one slip away from one that is:', () => {
    const slipsOf = async (files: Files): Promise<readonly string[]> => {
      const folder = folderWith({ 'play.yml': play, 'hosts.yml': hosts, ...files })
      const input = await readInput([join(folder, 'play.yml')], 'check', {
        inventory: [join(folder, 'hosts.yml')],
        verbose: 0,
        output: 'plain',
      })
      input.transport.close()
      return findSlips(input.playbooks, input.inventory, input.options.extraVars).map(
        ({ message, at, hint = '' }) =>
          `${at?.file.replace(`${folder}/`, '') ?? ''}:${at?.line ?? 0}:${at?.column ?? 0}: ${message} (${hint})`,
      )
    }
    const uses =
      '- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: {msg: "{{ allowed_tcp_ports }}"}\n      when: allowed_udp_ports is defined\n'
    const said = (place: string, name: string, meant: string) => [
      `${place}: the variable '${name}' is used nowhere (did you mean '${meant}'?)`,
    ]

    it('in group_vars', async () =>
      expect(
        await slipsOf({
          'play.yml': uses,
          'group_vars/all.yml': 'x: 1\nalowed_tcp_ports: [80]\nallowed_tcp_ports: [1]\n',
        }),
      ).to.deep.equal(said('group_vars/all.yml:2:1', 'alowed_tcp_ports', 'allowed_tcp_ports')))
    it('in an inventory', async () =>
      expect(
        await slipsOf({
          'play.yml': uses,
          'hosts.yml': 'all:\n  hosts:\n    web1: {alowed_udp_ports: 1, allowed_tcp_ports: [1]}\n',
        }),
      ).to.deep.equal(said('hosts.yml:3:12', 'alowed_udp_ports', 'allowed_udp_ports')))
    it('in a play, against a role’s defaults', async () =>
      expect(
        await slipsOf({
          'play.yml': '- hosts: all\n  gather_facts: false\n  vars:\n    log_prefixx: a\n  roles: [r]\n',
          'roles/r/defaults/main.yml': 'log_prefix: x\n',
          'roles/r/tasks/main.yml': '- template: {src: a.j2, dest: /x}\n',
          'roles/r/templates/a.j2': '{{ log_prefix }}\n',
        }),
      ).to.deep.equal(said('play.yml:4:5', 'log_prefixx', 'log_prefix')))
    it('not what a template uses', async () =>
      expect(
        await slipsOf({
          'play.yml':
            '- hosts: all\n  gather_facts: false\n  vars: {some_port: 1, some_ports: 2}\n  tasks:\n    - template: {src: a.j2, dest: /x}\n',
          'templates/a.j2': '{% for p in some_ports %}{{ some_port }}{% endfor %}\n',
        }).catch(() => []),
      ).to.deep.equal([]))
    it('not what another variable uses', async () =>
      expect(
        await slipsOf({
          'play.yml': '- hosts: all\n  gather_facts: false\n  tasks: [{debug: {msg: "{{ alpha_one }}"}}]\n',
          'group_vars/all.yml': 'alpha_one: "{{ alpha_ones }}"\nalpha_ones: 1\n',
        }),
      ).to.deep.equal([]))
    it('not what is merely unused, numbered or short', async () => {
      expect(
        await slipsOf({ 'play.yml': uses, 'group_vars/all.yml': 'allowed_tcp_ports: [1]\nother: 1\n' }),
      ).to.deep.equal([])
      expect([
        isOneSlip('web1_port', 'web2_port'),
        isOneSlip('port', 'ports'),
        isOneSlip('a_long_name', 'a_log_nam'),
      ]).to.deep.equal([false, false, false])
    })
  })
})
