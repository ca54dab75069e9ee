import { expect } from 'chai'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadInventory } from '../../src/inventory/load.ts'
import { groupsMagic } from '../../src/inventory/magic.ts'
import { formatPosition } from '../../src/source/position.ts'
import { encryptVault } from '../../src/variables/vault.ts'
import { rejection } from '../source/rejection.ts'
import type { UserError } from '../../src/errors.ts'
import { folderWith } from '../source/temporary.ts'
import type { Files } from '../source/temporary.ts'
import { inventoryOf, mistakes, varsOf, warningsOf } from './support.ts'

describe('loadInventory', () => {
  it('has layers that say where they come from, weakest first', async () => {
    const folder = folderWith({
      'inv/hosts': '[web]\nw1 a=1\n[web:vars]\nb=1\n[all:vars]\nc=1\n',
      'inv/group_vars/all.yml': 'd: 1\n',
      'inv/group_vars/web.yml': 'e: 1\n',
      'inv/host_vars/w1.yml': 'f: 1\n',
      'play/group_vars/web.yml': 'g: 1\n',
    })
    const play = join(folder, 'play')
    const inventory = await loadInventory([join(folder, 'inv/hosts')], { playbookDirs: [play] })
    expect(inventory.layers('w1', play).map(({ name }) => name)).to.deep.equal([
      'inventory vars of group all',
      'inventory vars of group web',
      'inventory group_vars of all',
      'inventory group_vars of web',
      'playbook group_vars of web',
      'inventory vars of host w1',
      'inventory host_vars of w1',
    ])
    expect(inventory.layers('w1').map(({ name }) => name)).not.to.include('playbook group_vars of web')
    expect(groupsMagic(inventory)).to.deep.equal({ all: ['w1'], ungrouped: [], web: ['w1'] })
  })

  it('knows the place of every host, group and variable', async () => {
    const inventory = await inventoryOf('[web]\n  w1 a=1   b="x y"\n[web:vars]\n c = 2\n')
    const vars = new Map(inventory.layers('w1').flatMap((layer) => [...layer.vars]))
    const places = ['a', 'b', 'c'].map((name) => formatPosition(vars.get(name)!.at!).replace(/.*\//, ''))
    expect(places).to.deep.equal(['hosts.ini:2:6', 'hosts.ini:2:12', 'hosts.ini:4:2'])
    expect(inventory.hosts.get('w1')?.at).to.include({ line: 2, column: 3 })
    expect(inventory.groups.get('web')?.at).to.include({ line: 1, column: 1 })
    const yaml = await inventoryOf('all:\n  hosts:\n    w1:\n      a: {b: 1}\n')
    expect(yaml.layers('w1')[0]?.vars.get('a')?.at).to.include({ line: 4, column: 7 })
  })

  it('has implicit localhost, with the variables of all, without making it a member', async () => {
    const folder = folderWith({ hosts: 'w1\n[all:vars]\na=1\n', 'host_vars/localhost.yml': 'b: 2\n' })
    const inventory = await loadInventory([join(folder, 'hosts')])
    expect(varsOf(inventory, 'localhost')).to.deep.equal({ a: 1, b: 2, ansible_connection: 'local' })
    expect(inventory.host('localhost')).to.include({ implicit: true })
    expect(inventory.members('all')).to.deep.equal(['w1'])
    expect((await loadInventory([])).host('127.0.0.1')?.implicit).to.equal(true)
  })

  it('reads an encrypted inventory, all of it secret', async () => {
    const secret = { id: 'default', password: 'p' }
    const folder = folderWith({ hosts: await encryptVault('[web]\nw1 token=abc\n', secret) })
    const inventory = await loadInventory([join(folder, 'hosts')], { vaultSecrets: [secret] })
    expect(inventory.host('w1')?.vars.get('token')).to.include({ value: 'abc', secret: true })
  })

  describe('names what is wrong, and where', () => {
    const table: readonly [string, Files, string, RegExp, RegExp | undefined][] = [
      [
        'an unknown key',
        { 'h.yml': 'all:\n  host:\n    w1:\n' },
        '2:3',
        /unknown key 'host' in the group 'all'/,
        /did you mean 'hosts'/,
      ],
      [
        'a variable outside vars',
        { 'h.yml': 'all:\n  hosts: {w1: }\n  http_port: 80\n' },
        '3:3',
        /unknown key 'http_port'/,
        /belongs below vars/,
      ],
      [
        'hosts at the top',
        { 'h.yml': 'hosts:\n  w1:\n' },
        '2:3',
        /unknown key 'w1' in the group 'hosts'/,
        /put it below all:/,
      ],
      [
        'a list of hosts',
        { 'h.yml': 'all:\n  hosts:\n    - w1\n' },
        '3:5',
        /hosts of 'all' must be a mapping, not a list/,
        /write each as name:/,
      ],
      [
        'hosts without colons',
        { 'h.yml': 'all:\n  hosts:\n    w1\n    w2\n' },
        '3:5',
        /'w1 w2' is not the name of a host/,
        /colon/,
      ],
      [
        'a host that is a number',
        { 'h.yml': 'all:\n  hosts:\n    10:\n' },
        '3:5',
        /must be text, not the number 10/,
        /quote/,
      ],
      [
        'variables that are none',
        { 'h.yml': 'all:\n  hosts:\n    w1: x\n' },
        '3:9',
        /variables of host 'w1' must be a mapping, not text 'x'/,
        undefined,
      ],
      [
        'a group that is a list',
        { 'h.yml': 'web:\n  - w1\n' },
        '2:3',
        /group 'web' must be a mapping/,
        /below web: hosts:/,
      ],
      [
        'a list as inventory',
        { 'h.yml': '- w1\n' },
        '1:1',
        /must be a mapping of groups, this is a list/,
        /begin with all:/,
      ],
      [
        'a loop of groups',
        { 'h.yml': 'a:\n  children:\n    b:\n      children:\n        a:\n' },
        '3:5',
        /'b' cannot be a child of 'a'/,
        undefined,
      ],
      ['a plugin', { 'h.yml': 'plugin: aws_ec2\n' }, '1:9', /inventory plugin/, /ansible-inventory --list/],
      ['bad YAML', { 'h.yml': 'all:\n  vars:\n    a: {{ b }}\n' }, '3:8', /must be quoted/, /a: "\{\{ b \}\}"/],
      ['a range', { 'h.yml': 'all:\n  hosts:\n    w[3:1]:\n' }, '3:5', /ends before it begins/, undefined],
      [
        'a priority',
        { 'h.yml': 'web:\n  vars:\n    ansible_group_priority: high\n' },
        '3:5',
        /whole number/,
        undefined,
      ],
      [
        'an INI section',
        { 'h.ini': '[web:var]\na=1\n' },
        '1:6',
        /unknown kind of section 'var'/,
        /did you mean 'vars'/,
      ],
      ['a section with spaces', { 'h.ini': '[ web ]\nw1\n' }, '1:1', /is not a section/, /without spaces/],
      ['spaces around =', { 'h.ini': '[web]\nw1 a = 1\n' }, '2:4', /'a' is not a variable/, /without spaces around =/],
      ['an open quote', { 'h.ini': '[web]\nw1 a="b\n' }, '2:1', /quote " is never closed/, undefined],
      [
        'an undeclared child',
        { 'h.ini': '[prod:children]\nwbe\n[web]\nw1\n' },
        '2:1',
        /child group 'wbe' is not declared/,
        /did you mean 'web'/,
      ],
      [
        'vars of no group',
        { 'h.ini': '[web]\nw1\n[wbe:vars]\na=1\n' },
        '3:1',
        /\[wbe:vars\] is for a group that is not declared/,
        /'web'/,
      ],
      [
        'a variable without value',
        { 'h.ini': '[web:vars]\na\n[web]\n' },
        '2:1',
        /'a' is not a variable/,
        /name = value/,
      ],
      ['a colon', { 'h.ini': 'w1:\n' }, '1:1', /ends with a colon/, undefined],
      ['TOML', { 'h.toml': '[web]\n' }, '1:1', /TOML/, undefined],
      [
        'a script that fails',
        { 's.sh': '#!/bin/sh\necho broken >&2; exit 3\n' },
        '',
        /s\.sh --list failed \(3\): broken/,
        undefined,
      ],
      ['a script that prints no JSON', { 's.sh': '#!/bin/sh\necho hello\n' }, '', /is not JSON: hello/, undefined],
      [
        'a script with a bad shape',
        { 's.sh': '#!/bin/sh\necho \'{"web": {"hosts": "w1"}}\'\n' },
        '1:19',
        /hosts of 'web' must be a list, not text 'w1'/,
        undefined,
      ],
    ]
    for (const [what, files, place, message, hint] of table) {
      it(what, async () => {
        const [mistake, ...more] = await mistakes(files)
        expect(more).to.deep.equal([])
        expect(mistake?.message).to.match(message)
        expect(mistake?.place).to.equal(place)
        if (hint) expect(mistake?.hint).to.match(hint)
      })
    }

    it('all of a file at once', async () => {
      const found = await mistakes({ 'h.yml': 'all:\n  hots: {}\n  vras: {}\nweb: 3\n' })
      expect(found.map(({ place, hint }) => [place, hint])).to.deep.equal([
        ['2:3', "did you mean 'hosts'?"],
        ['3:3', "did you mean 'vars'?"],
        ['4:6', undefined],
      ])
      expect(await mistakes({ 'h.ini': '[web]\nw1 x\nw2 y\n' })).to.have.length(2)
    })

    it('of all files beside it at once', async () => {
      const files = { hosts: 'w1\n', 'group_vars/all.yml': 'a: {{ x }}\n', 'host_vars/w1.yml': '- a\n' }
      expect((await mistakes(files, ['hosts'])).map(({ message }) => message)).to.deep.equal([
        'a value that begins with a template must be quoted',
        'a variables file must be a mapping, this is a list',
      ])
    })

    it('nothing of what an encrypted one holds', async () => {
      const secret = { id: 'default', password: 'p' }
      for (const content of ['[web]\nw1 hidden\n', 'web:\n  hosts: {w1: hidden}\n']) {
        const file = join(folderWith({ hosts: await encryptVault(content, secret) }), 'hosts')
        const error = await rejection(loadInventory([file], { vaultSecrets: [secret] }))
        expect(JSON.stringify([error.message, error])).not.to.contain('hidden')
      }
    })

    it('a link that leads nowhere', async () => {
      const folder = folderWith({ 'inv/hosts': 'w1\n' })
      symlinkSync(join(folder, 'nowhere'), join(folder, 'inv/more'))
      expect((await rejection(loadInventory([join(folder, 'inv')]))).message).to.match(/there is no file .*more/)
    })

    it('a folder without an inventory, and what in it was taken for none', async () => {
      const folder = folderWith({ 'inv/hosts.ini': 'w1\n', 'inv/group_vars/all.yml': 'a: 1\n', 'bare/sub/x.md': '' })
      const error = await rejection(loadInventory([join(folder, 'inv')]))
      expect(error.message).to.match(/there is no inventory in the folder .*inv/)
      expect((error as UserError).hint).to.match(/^hosts\.ini: in a folder/)
      expect((await rejection(loadInventory([join(folder, 'bare')]))).message).to.match(/there is no inventory/)
    })

    it('a source that is not there', async () => {
      const [mistake] = await mistakes({}, ['web1'])
      expect(mistake?.message).to.match(/there is no inventory .*web1/)
      expect(mistake?.hint).to.match(/a comma after its name/)
    })

    it('a script that is not executable', async () => {
      const folder = folderWith({ 'inv.sh': '' })
      writeFileSync(join(folder, 'inv.sh'), '#!/bin/sh\n')
      const error: unknown = await loadInventory([join(folder, 'inv.sh')]).catch((reason: unknown) => reason)
      expect(error)
        .to.have.property('hint')
        .that.matches(/chmod \+x/)
    })
  })

  describe('warns', () => {
    const table: readonly [string, Files, RegExp][] = [
      ['of group names that are no variable names', { hosts: '[web-servers]\nw1\n' }, /web-servers/],
      ['of a group and a host of one name', { hosts: '[web]\nweb\n' }, /'web' is both a group and a host/],
      [
        'of a group_vars file with a slip in its name',
        { hosts: '[web]\nw1\n', 'group_vars/wbe.yml': 'a: 1\n' },
        /wbe\.yml belongs to nothing/,
      ],
      [
        'of a file that another one hides',
        { hosts: 'w1\n', 'host_vars/w1.yml': 'a: 1\n', 'host_vars/w1.yaml': 'b: 1\n' },
        /w1\.yaml is not read, because .*w1\.yml is/,
      ],
      ['of duplicate keys', { hosts: 'w1\n', 'group_vars/all.yml': 'a: 1\na: 2\n' }, /the key 'a' is used twice/],
      ['of what a script says', { hosts: '#!/bin/sh\necho careful >&2; echo {}\n' }, /says: careful/],
    ]
    for (const [what, files, message] of table) {
      it(what, async () => {
        const warnings = await warningsOf(files, 'hosts')
        expect(warnings.map((warning) => warning.message)).to.have.length(1)
        expect(warnings[0]?.message).to.match(message)
      })
    }
    it('not of an ordinary inventory', async () => {
      const files = {
        hosts: '[web]\nw1\n[db]\nd1\n',
        'group_vars/all.yml': 'a: 1\n',
        'group_vars/other_inventory.yml': 'a: 1\n',
      }
      expect(await warningsOf(files, 'hosts')).to.deep.equal([])
    })
  })

  it('loads 5,000 hosts in 200 groups in well under a second of computing', async function () {
    this.timeout(120_000)
    const groups = Array.from({ length: 200 }, (_, group) => {
      const hosts = Array.from(
        { length: 25 },
        (_, host) => `host${group * 25 + host}.example.com ansible_host=10.${group}.0.${host} n=5`,
      )
      return `[group${group}]\n${hosts.join('\n')}\n`
    })
    const files: Record<string, string> = { hosts: groups.join('\n') }
    for (let group = 0; group < 200; group++) files[`group_vars/group${group}.yml`] = 'a: 1\nb: [1, {c: d}]\n'
    const folder = folderWith(files)
    await loadInventory([folder])
    const start = process.cpuUsage()
    const inventory = await loadInventory([folder])
    const { user, system } = process.cpuUsage(start)
    expect(inventory.hosts.size).to.equal(5000)
    expect(inventory.layers('host4999.example.com').map(({ name }) => name)).to.include(
      'inventory group_vars of group199',
    )
    expect((user + system) / 1000).to.be.lessThan(1000)
  })
})
