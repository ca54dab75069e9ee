import { expect } from 'chai'
import { runPlaybook } from './playbook-run.ts'

const play = (vars: string) => `
- hosts: all
  gather_facts: false
  become: true
  become_user: nobody
  ${vars}
  tasks:
    - { name: who, command: id -un, register: me }
    - { name: that, assert: { that: me.stdout == 'nobody' } }
`

describe('become by su', function () {
  before(function () {
    if (process.getuid?.() !== 0) this.skip()
  })

  const ways: readonly [string, string, object][] = [
    ['the keyword', 'become_method: su', {}],
    ['the variable', 'vars: { ansible_become_method: ansible.builtin.su, ansible_su_flags: -m }', {}],
    ['the command line', '', { becomeMethod: 'su' }],
  ]
  for (const [name, vars, options] of ways) {
    it(`asked for by ${name}`, async () => {
      const { lines } = await runPlaybook(play(vars), options)
      expect(lines).to.deep.equal(['h1 who changed', 'h1 that ok'])
    })
  }

  it('a lone - among the flags is -l', async () => {
    const { lines } = await runPlaybook(play('vars: { ansible_become_method: su, ansible_su_flags: "-" }'))
    expect(lines).to.deep.equal(['h1 who changed', 'h1 that ok'])
  })

  it('runs the program that is named', async () => {
    const { tasks } = await runPlaybook(play('vars: { ansible_become_method: su, ansible_su_exe: no-such-su }'))
    expect(tasks.map(({ outcome }) => outcome)).to.deep.equal(['failed'])
    expect(JSON.stringify(tasks)).to.include('there is no su on the host')
  })
})
