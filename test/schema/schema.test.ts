import Ajv from 'ajv'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inventorySchema } from '../../src/schema/inventory.ts'
import { playbookSchema } from '../../src/schema/playbook.ts'
import { variablesSchema } from '../../src/schema/variables.ts'
import { loadModule, moduleNames } from '../../src/modules/registry.ts'
import { loadPlaybook } from '../../src/playbook/load.ts'
import { toValue } from '../../src/source/node.ts'
import type { Value } from '../../src/source/value.ts'
import { parseYaml } from '../../src/source/yaml.ts'
import { sallyport } from '../support/cli.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

function data(yaml: string): Value {
  const node = parseYaml(yaml, 'test.yml')
  return node ? toValue(node) : null
}

/** What a schema finds wrong with a YAML text; empty when it is right. */
function checker(schema: object): (yaml: string) => string {
  const ajv = new Ajv({ allErrors: false })
  const validate = ajv.compile(schema)
  return (yaml) => (validate(data(yaml)) === true ? '' : ajv.errorsText(validate.errors))
}

describe('sallyport schema', () => {
  describe('playbook', () => {
    let check: (yaml: string) => string
    before(async () => {
      check = checker(await playbookSchema())
    })
    const task = (text: string) => `- hosts: all\n  tasks:\n    - ${text}\n`

    it('accepts the shipped playbooks, and the tasks of their roles', () => {
      for (const name of ['netfilter', 'sources']) {
        expect(check(readFileSync(`${root}playbooks/${name}.yml`, 'utf8')), name).to.equal('')
      }
      for (const role of ['netfilter', 'forward']) {
        const tasks = readFileSync(`${root}playbooks/roles/${role}/tasks/main.yml`, 'utf8')
        expect(check(`- hosts: all\n  tasks:\n${tasks.replace(/^/gm, '    ')}`), role).to.equal('')
      }
    })

    it('accepts the example of every module', async () => {
      for (const name of moduleNames) {
        const { doc } = await loadModule(name)
        const example = doc.example.trimEnd()
        const listed = example.startsWith('- ') ? example : `- ${example.replaceAll('\n', '\n  ')}`
        expect([name, check(`- hosts: all\n  tasks:\n${listed.replace(/^/gm, '    ')}\n`)]).to.deep.equal([name, ''])
      }
    })

    const right: readonly string[] = [
      task('ping:'),
      task('command: ls -l'),
      task('ansible.builtin.copy: src=a dest=/b'),
      task('copy: {dest: /x, content: a, mode: "{{ mode }}"}'),
      task('wait_for: {port: "80", timeout: "{{ t }}"}'),
      task('{debug: {msg: 1}, when: [a, true], loop: "{{ x }}", register: r, tags: a}'),
      task('{debug: {var: item}, with_items: [1, 2]}'),
      task('{block: [{ping: }], rescue: [{fail: }], always: [{ping: }]}'),
      task('systemd_service: {name: rsyslog, state: started, enabled: yes}'),
      '- hosts: [a, b]\n  roles: [r, {role: s, port: 1, tags: x}]\n  serial: [1, 10%]\n  become: "{{ b }}"\n',
      '- import_playbook: other.yml\n',
    ]
    for (const yaml of right) it(`accepts ${JSON.stringify(yaml)}`, () => expect(check(yaml)).to.equal(''))

    const wrong: readonly string[] = [
      'hosts: all\n',
      '- tasks: []\n',
      '- hosts: all\n  taskss: []\n',
      '- hosts: all\n  tasks: {ping: }\n',
      '- hosts: all\n  strategy: fast\n',
      '- hosts: all\n  become: perhaps\n',
      '- hosts: 1\n',
      '- hosts: all\n  roles: [1]\n',
      '- hosts: all\n  gather_facts: []\n',
      task('pnig:'),
      task('{ping: , wen: true}'),
      task('copy: {dset: /x, content: a}'),
      task('copy: {content: a}'),
      task('copy: {dest: /x, content: a, force: perhaps}'),
      task('file: {path: /x, state: directry}'),
      task('wait_for: {timeout: soon}'),
      task('stat:'),
      task('{ping: , register: "a b"}'),
      task('{ping: , loop_control: {lable: x}}'),
      task('{block: [{pnig: }]}'),
    ]
    for (const yaml of wrong) it(`refuses ${JSON.stringify(yaml)}`, () => expect(check(yaml)).not.to.equal(''))
  })

  describe('inventory', () => {
    const check = checker(inventorySchema())
    it('accepts the shipped one', () => {
      expect(check(readFileSync(`${root}inventories/example.yml`, 'utf8'))).to.equal('')
    })
    const right = [
      'all:\n  hosts: {a: , "b[1:3]": {ansible_port: "22", x: [1]}}\n  children: {web: , db: {vars: {y: 1}}}\n',
      'web: {hosts: a}\n',
    ]
    for (const yaml of right) it(`accepts ${JSON.stringify(yaml)}`, () => expect(check(yaml)).to.equal(''))
    const wrong = [
      '- a\n',
      'all: {host: {a: }}\n',
      'all: {hosts: [a]}\n',
      'all: {hosts: {a: 1}}\n',
      'all: {vars: [1]}\n',
      'all: {children: {web: {vars: , port: 1}}}\n',
      'all: {hosts: {a: {ansible_port: ssh}}}\n',
      'all: {hosts: {a: {ansible_connection: winrm}}}\n',
      'all: {vars: {ansible_become: perhaps}}\n',
      'plugin: aws_ec2\n',
    ]
    for (const yaml of wrong) it(`refuses ${JSON.stringify(yaml)}`, () => expect(check(yaml)).not.to.equal(''))
  })

  describe('vars', () => {
    it('accepts the shipped ones, and knows the arguments of a playbook’s roles', async () => {
      const playbook = await loadPlaybook(`${root}playbooks/netfilter.yml`, {
        vaultSecrets: [],
        rolesPath: [],
        warn: () => undefined,
      })
      const check = checker(variablesSchema([playbook]))
      expect(check(readFileSync(`${root}inventories/group_vars/databases.yml`, 'utf8'))).to.equal('')
      expect(check('allowed_tcp_ports: [80, "8000:8100"]\ndrop: no\nlog_limit: "{{ rate }}"\nother: 1\n')).to.equal('')
      for (const wrong of ['drop: perhaps\n', 'allowed_tcp_ports: {a: 1}\n', 'ansible_port: ssh\n', '- a\n'])
        expect([wrong, check(wrong)]).not.to.deep.equal([wrong, ''])
    })
  })

  it('prints them, and says which there are', async () => {
    const printed = await sallyport(['schema', 'inventory'])
    expect(printed.code).to.equal(0)
    expect(JSON.parse(printed.stdout)).to.deep.equal(JSON.parse(JSON.stringify(inventorySchema())))
    expect((await sallyport(['schema', 'playbok'])).stderr).to.match(
      /there is no schema 'playbok'\nhint: did you mean 'playbook'/,
    )
  })
})
