import { expect } from 'chai'
import { runPlaybook } from './playbook-run.ts'

describe('facts that other modules than setup bring', () => {
  it('are variables of the tasks behind them, and wait for them', async () => {
    const { code, lines } = await runPlaybook(`
- hosts: all
  gather_facts: false
  tasks:
    - name: Who
      getent: { database: passwd, key: root }
    - name: What
      package_facts:
    - name: Which
      service_facts:
    - name: Tell
      assert:
        that:
          - getent_passwd.root[4] == '/root'
          - packages | length > 3
          - ansible_facts.packages | length > 3
          - services is defined
`)
    expect(lines).to.deep.equal(['h1 Who ok', 'h1 What ok', 'h1 Which ok', 'h1 Tell ok'])
    expect(code).to.equal(0)
  })
})
