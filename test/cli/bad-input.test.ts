import { expect } from 'chai'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { planRun } from '../../src/engine/plan-run.ts'
import { UserError, UserErrors } from '../../src/errors.ts'
import { readInput } from '../../src/cli/play-command.ts'
import type { PlayOptions } from '../../src/cli/options.ts'
import { sallyport } from '../support/cli.ts'

interface Case {
  readonly name: string
  /** The playbook's text; `$TASK` cases give only a task. */
  readonly play?: string
  readonly task?: string
  readonly files?: Readonly<Record<string, string>>
  readonly inventory?: string
  readonly extra?: readonly string[]
  readonly limit?: string
  /** file:line:column, the file relative to the test's folder; undefined where there is no line. */
  readonly at?: string
  readonly says: RegExp
  readonly hint?: RegExp
}

const task = (text: string) => `- hosts: all\n  gather_facts: false\n  tasks:\n${text}`
const netfilter = (line: string) => task(`    - netfilter:\n        ${line}\n`)

/** What people get wrong. Every case: exit 1, the exact place, words a newcomer understands, nothing touched. */
const cases: readonly Case[] = [
  { name: 'YAML: a tab', play: '- hosts: all\n\ttasks: []\n', at: 'play.yml:2:1', says: /tab/i },
  {
    name: 'YAML: an unclosed quote',
    play: '- hosts: "all\n  tasks: []\n',
    at: 'play.yml:1:10',
    says: /quote|unclosed|ends/i,
  },
  {
    name: 'YAML: an unquoted template',
    task: '    - debug:\n        msg: {{ x }}\n',
    at: 'play.yml:5:14',
    says: /quote|template/i,
  },
  {
    name: 'arguments in one text: a value that is none',
    task: '    - apt: name=rsyslog state=presnt\n',
    at: 'play.yml:4:12',
    says: /state: expected one of .*, got text 'presnt'$/,
    hint: /did you mean 'present'/,
  },
  {
    name: 'include_vars: a file that is not there',
    task: '    - include_vars: "{{ name }}.yml"\n      vars: { name: gone }\n',
    at: 'play.yml:4:21',
    says: /there is no file 'gone.yml'/,
    hint: /looked for .*vars\/gone.yml/,
  },
  {
    name: 'include_vars: a file that is not YAML',
    task: '    - include_vars: odd.yml\n',
    files: { 'vars/odd.yml': 'a: 1\n b: 2\n' },
    at: 'vars/odd.yml:2:2',
    says: /./,
  },
  {
    name: 'include_vars: a variable that a file does not have',
    task: '    - include_vars: some.yml\n    - debug: { msg: "{{ other }}" }\n',
    files: { 'vars/some.yml': 'a: 1\n' },
    at: 'play.yml:5:25',
    says: /'other' is undefined/,
  },
  {
    name: 'include_role: an argument of the wrong type',
    task: '    - include_role: { name: r }\n      vars: { size: big }\n',
    files: {
      'roles/r/meta/argument_specs.yml':
        'argument_specs: { main: { options: { size: { type: int }, must: { type: str, required: true } } } }\n',
      'roles/r/tasks/main.yml': '- debug: { msg: "{{ size }} {{ must }}" }\n',
    },
    at: 'play.yml:5:15',
    says: /size: expected a whole number, got "big"/,
  },
  {
    name: 'include_role: a required argument, of a role named by a variable',
    task: '    - include_role: { name: "{{ which }}" }\n      vars: { which: r }\n',
    files: {
      'roles/r/meta/argument_specs.yml':
        'argument_specs: { main: { options: { must: { type: str, required: true } } } }\n',
      'roles/r/tasks/main.yml': '- debug: { msg: "{{ must }}" }\n',
    },
    at: 'roles/r/meta/argument_specs.yml:1:38',
    says: /must is required and not set/,
  },
  { name: 'not a list of plays', play: 'hosts: all\n', at: 'play.yml:1:1', says: /list of plays/ },
  { name: 'an empty playbook', play: '', at: 'play.yml:1:1', says: /empty/ },
  { name: 'a play without hosts', play: '- tasks: []\n', at: 'play.yml:1:3', says: /'hosts' is missing/ },
  {
    name: 'an unknown keyword of a play',
    play: '- hosts: all\n  taskss: []\n',
    at: 'play.yml:2:3',
    says: /'taskss'/,
    hint: /tasks/,
  },
  {
    name: 'a keyword that Ansible has',
    play: '- hosts: all\n  debugger: always\n',
    at: 'play.yml:2:13',
    says: /debugger: refused, because a run never stops to ask/,
  },
  {
    name: 'an unknown module',
    task: '    - coppy:\n        dest: /x\n',
    at: 'play.yml:4:7',
    says: /'coppy'/,
    hint: /copy/,
  },
  {
    name: 'an unknown keyword of a task',
    task: '    - debug:\n      wen: true\n',
    at: 'play.yml:5:7',
    says: /'wen'/,
    hint: /when/,
  },
  {
    name: 'a keyword of a play in a task',
    task: '    - command: x\n      serial: 5\n',
    at: 'play.yml:5:7',
    says: /'serial' is a keyword of a play, a task does not have it/,
  },
  {
    name: 'a keyword of a task in a play',
    play: '- hosts: all\n  register: x\n',
    at: 'play.yml:2:3',
    says: /'register' is a keyword of a task, a play does not have it/,
    hint: /below `tasks:`/,
  },
  {
    name: 'an included file that is not there',
    task: '    - include_tasks: x.yml\n',
    at: 'play.yml:4:22',
    says: /no file 'x.yml'/,
  },
  { name: 'two modules in a task', task: '    - debug:\n      ping:\n', at: 'play.yml:5:7', says: /two modules/ },
  { name: 'a task without a module', task: '    - name: nothing\n', at: 'play.yml:4:7', says: /names no module/ },
  { name: 'tasks that are no list', play: '- hosts: all\n  tasks:\n    debug:\n', at: 'play.yml:3:5', says: /list/ },
  {
    name: 'an unknown parameter',
    task: '    - copy:\n        dest: /x\n        content: a\n        moed: "0644"\n',
    at: 'play.yml:7:9',
    says: /copy has no argument 'moed'/,
    hint: /mode/,
  },
  { name: 'a wrong type', task: '    - wait_for:\n        timeout: soon\n', at: 'play.yml:5:18', says: /timeout/ },
  {
    name: 'a missing parameter',
    task: '    - stat:\n        get_checksum: false\n',
    at: 'play.yml:5:9',
    says: /'path' is missing/,
  },
  {
    name: 'a wrong type behind a variable',
    play: '- hosts: all\n  gather_facts: false\n  vars:\n    long: soon\n  tasks:\n    - wait_for:\n        timeout: "{{ long }}"\n',
    at: 'play.yml:4:11',
    says: /timeout/,
  },
  {
    name: 'a missing file',
    task: '    - copy:\n        src: nowhere.txt\n        dest: /x\n',
    at: 'play.yml:5:14',
    says: /no file 'nowhere.txt'/,
  },
  {
    name: 'a missing template',
    task: '    - template:\n        src: nowhere.j2\n        dest: /x\n',
    at: 'play.yml:5:14',
    says: /no file 'nowhere.j2'/,
  },
  {
    name: 'a missing file behind an address',
    task: '    - get_url:\n        url: file:///nowhere.pem\n        dest: /x\n        force: true\n',
    at: 'play.yml:5:14',
    says: /cannot read \/nowhere\.pem/,
  },
  {
    name: 'an address that names no file',
    task: '    - get_url:\n        url: file://ca.pem\n        dest: /x\n        force: true\n',
    at: 'play.yml:5:14',
    says: /names no file/,
    hint: /absolute/,
  },
  {
    name: "a file of the controller for the host's own download",
    task: '    - get_url:\n        url: file:///x.pem\n        dest: /x\n        via: host\n',
    at: 'play.yml:5:14',
    says: /file of the controller/,
  },
  {
    name: 'a missing vars file',
    play: '- hosts: all\n  vars_files: [nowhere.yml]\n',
    at: 'play.yml:2:16',
    says: /there is no file .*nowhere.yml/,
  },
  {
    name: 'a missing role',
    play: '- hosts: all\n  roles: [nowhere]\n',
    at: 'play.yml:2:11',
    says: /no role 'nowhere'/,
  },
  {
    name: 'an undefined variable',
    play: '- hosts: all\n  gather_facts: false\n  vars:\n    greeting: hello\n  tasks:\n    - debug:\n        msg: "{{ greting }}"\n',
    at: 'play.yml:7:18',
    says: /'greting' is undefined/,
    hint: /greeting/,
  },
  {
    name: 'an undefined variable in a condition',
    task: '    - debug:\n      when: nothing_like_it == 1\n',
    at: 'play.yml:5:13',
    says: /'nothing_like_it' is undefined/,
  },
  {
    name: 'an undefined variable in a template file',
    task: '    - template:\n        src: t.j2\n        dest: /x\n',
    files: { 't.j2': 'one\n{{ two }}\n' },
    at: 't.j2:2:4',
    says: /'two' is undefined/,
  },
  {
    name: 'template syntax',
    task: '    - debug:\n        msg: "{{ 1 + }}"\n',
    at: 'play.yml:5:22',
    says: /expected an expression/,
  },
  {
    name: 'template syntax in a condition',
    task: '    - debug:\n      when: a ==\n',
    at: 'play.yml:5:17',
    says: /expected an expression/,
  },
  {
    name: 'an unknown filter',
    task: '    - debug:\n        msg: "{{ 1 | defautl(2) }}"\n',
    at: 'play.yml:5:22',
    says: /'defautl'/,
    hint: /default/,
  },
  {
    name: 'a variable that refers to itself',
    play: '- hosts: all\n  gather_facts: false\n  vars:\n    a: "{{ b }}"\n    b: "{{ a }}"\n  tasks:\n    - debug:\n        msg: "{{ a }}"\n',
    at: 'play.yml:4:5',
    says: /refers to itself|recursive/,
  },
  {
    name: 'a notify that nothing answers',
    play: '- hosts: all\n  tasks:\n    - debug:\n      notify: restart\n  handlers:\n    - name: restart it\n      debug:\n',
    at: 'play.yml:3:7',
    says: /no handler.*'restart'/,
  },
  { name: 'a loop over text', task: '    - debug:\n      loop: "{{ \'a\' }}"\n', at: 'play.yml:5:14', says: /list/ },
  {
    name: 'serial that is no number',
    play: '- hosts: all\n  serial: {a: 1}\n  tasks: []\n',
    at: 'play.yml:2:11',
    says: /serial/,
  },
  {
    name: 'become by other means than sudo and su',
    play: '- hosts: all\n  become: true\n  become_method: doas\n  gather_facts: false\n  tasks:\n    - ping:\n',
    at: 'play.yml:3:18',
    says: /doas/,
  },
  {
    name: 'an environment that is no mapping',
    task: '    - ping:\n      environment: "{{ [1] }}"\n',
    at: 'play.yml:5:20',
    says: /environment/,
  },

  {
    name: 'a pattern that names nobody',
    play: '- hosts: webb\n  tasks: []\n',
    at: 'play.yml:1:10',
    says: /webb/,
    hint: /web/,
  },
  { name: 'a limit that names nobody', play: '- hosts: all\n  tasks: []\n', limit: 'dbx', says: /dbx/ },
  {
    name: 'an inventory that is not YAML',
    play: '- hosts: all\n',
    inventory: 'all:\n  hosts: [\n',
    at: 'hosts.yml:2:10',
    says: /this \[ is never closed/,
  },
  {
    name: 'an inventory with an unknown key',
    play: '- hosts: all\n',
    inventory: 'all:\n  host:\n    web1:\n',
    at: 'hosts.yml:2:3',
    says: /host/,
    hint: /hosts/,
  },
  {
    name: 'an unknown ssh option',
    task: '    - ping:\n',
    inventory: 'all:\n  hosts:\n    web1:\n      ansible_ssh_common_args: -o NoSuchThing=1\n',
    at: 'hosts.yml:4:7',
    says: /NoSuchThing/,
  },
  {
    name: 'a port that is none',
    task: '    - ping:\n',
    inventory: 'all:\n  hosts:\n    web1:\n      ansible_port: many\n',
    at: 'hosts.yml:4:7',
    says: /web1: ansible_port: "many" is no port/,
  },

  {
    name: 'a prefix that is too long',
    play: netfilter('log_prefix: "IPTables/DroppedByTheFirewall: "'),
    at: 'play.yml:5:21',
    says: /29 characters/,
  },
  {
    name: 'a prefix of the wrong form',
    play: netfilter('log_prefix: "IPTables/Dropped:"'),
    at: 'play.yml:5:21',
    says: /IPTables\/XXX: /,
  },
  {
    name: 'a prefix that is not the intake’s',
    play: netfilter('log_prefix: "Dropped: "'),
    at: 'play.yml:5:21',
    says: /begin with "IPTables\/"/,
  },
  {
    name: 'a port that is no port',
    play: netfilter('allowed_tcp_ports: [80, 70000]'),
    at: 'play.yml:5:33',
    says: /70000/,
  },
  { name: 'ULOG', play: netfilter('log_target: ULOG'), at: 'play.yml:5:21', says: /3\.17/ },
  { name: 'a rate that is none', play: netfilter('log_limit: often'), at: 'play.yml:5:20', says: /rate/ },
  {
    name: 'a time to confirm that is none',
    play: task('    - netfilter:\n      confirm: soon\n'),
    at: 'play.yml:5:16',
    says: /expected false, or a time from 3 s/,
  },
  {
    name: 'a time too short to log in',
    play: task('    - netfilter:\n      confirm: "{{ 2 }}s"\n'),
    at: 'play.yml:5:17',
    says: /expected false, or a time from 3 s/,
  },
  {
    name: 'a module that confirms nothing',
    play: task('    - copy: { content: x, dest: /x }\n      confirm: 30s\n'),
    at: 'play.yml:5:16',
    says: /copy has no change that a new login could confirm/,
  },
  {
    name: 'a confirmation without a login',
    play: task('    - netfilter:\n      connection: local\n      confirm: 30s\n'),
    at: 'play.yml:6:16',
    says: /nobody logs in over a local connection/,
  },
  {
    name: 'a loose secret',
    play: '- hosts: all\n  gather_facts: false\n  roles: [r]\n',
    extra: ['{"key": "a\\"b"}'],
    files: roleWithKey(),
    at: '-e:1:2',
    says: /does not have the form/,
    hint: /letters/,
  },
  {
    name: 'a missing secret',
    play: '- hosts: all\n  gather_facts: false\n  roles: [r]\n',
    files: roleWithKey(),
    at: 'roles/r/meta/argument_specs.yml:4:7',
    says: /key is required/,
  },
]

function roleWithKey(): Record<string, string> {
  return {
    'roles/r/meta/argument_specs.yml':
      'argument_specs:\n  main:\n    options:\n      key:\n        required: true\n        no_log: true\n        pattern: "[A-Za-z0-9_-]+"\n        pattern_help: letters, digits, - and _\n',
    'roles/r/tasks/main.yml': '- debug:\n    msg: "{{ key }}"\n',
  }
}

describe('bad input', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-input-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true })
      await writeFile(join(dir, name), text)
    }
  }
  const defaultInventory = 'all:\n  children:\n    web:\n      hosts:\n        web1:\n'

  for (const one of cases) {
    it(one.name, async () => {
      await write({
        'play.yml': one.play ?? task(one.task ?? ''),
        'hosts.yml': one.inventory ?? defaultInventory,
        ...one.files,
      })
      const errors = await mistakes(dir, one)
      expect(errors, 'no mistake was found').not.to.deep.equal([])
      const shown = errors.map(
        (error) => `${place(error, dir)}: ${error.message}${error.hint ? ` (${error.hint})` : ''}`,
      )
      const found = errors.find((error) => one.says.test(error.message) && (!one.at || place(error, dir) === one.at))
      expect(found, shown.join('\n')).not.to.equal(undefined)
      if (one.hint) expect(found?.hint ?? '', shown.join('\n')).to.match(one.hint)
    })
  }

  it('names the command that was meant', async () => {
    const { code, stderr } = await sallyport(['aply', 'play.yml'], { cwd: dir })
    expect(code).to.equal(1)
    expect(stderr).to.equal("sallyport: there is no command 'aply'\ndid you mean 'apply'?\n")
  })

  it('is told with file, line, column and a code frame, exits 1 and opens no connection', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await write({
      'play.yml': task(
        '    - ping:\n    - copy:\n        dest: /x\n        moed: "0644"\n        content: a\n    - coppy:\n',
      ),
      'hosts.yml': `all:\n  hosts:\n    web1:\n      ansible_host: 127.0.0.1\n      ansible_port: ${port}\n`,
    })
    const result = await sallyport(['apply', 'play.yml', '-i', 'hosts.yml'], { cwd: dir })
    server.close()
    expect(result.code).to.equal(1)
    expect(connections).to.equal(0)
    expect(result.stdout).to.equal('')
    expect(result.stderr).to.contain(
      `play.yml:7:9: error: copy has no argument 'moed'\n 6 |         dest: /x\n 7 |         moed: "0644"\n   |         ^\n`,
    )
    expect(result.stderr).to.contain("did you mean 'mode'?")
    expect(result.stderr).to.contain("play.yml:9:7: error: 'coppy'")
    expect(result.stderr).to.contain('2 errors; nothing was touched')
  })
})

async function mistakes(dir: string, { extra, limit }: Case): Promise<readonly UserError[]> {
  const options: PlayOptions = {
    inventory: [join(dir, 'hosts.yml')],
    forks: 5,
    timeout: 5,
    verbose: 0,
    output: 'plain',
    ...(extra && { extraVars: extra }),
    ...(limit !== undefined && { limit }),
  }
  try {
    await planRun(await readInput([join(dir, 'play.yml')], 'apply', options))
    return []
  } catch (error) {
    if (error instanceof UserErrors) return error.errors
    if (error instanceof UserError) return [error]
    throw error
  }
}

function place(error: UserError, dir: string): string {
  const { at } = error
  return at ? `${at.file.replace(`${dir}/`, '')}:${at.line}:${at.column}` : ''
}
