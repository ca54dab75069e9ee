import { expect } from 'chai'
import { UserErrors } from '../../src/errors.ts'
import { argumentFields } from '../../src/modules/args.ts'
import { loadModule, moduleNames } from '../../src/modules/registry.ts'
import { readPlaybook } from '../support/read-playbook.ts'

describe('other names of arguments', () => {
  it('take a template wherever the argument does, in every module', async () => {
    const tasks: string[] = []
    for (const name of moduleNames) {
      for (const alias of Object.keys(argumentFields((await loadModule(name)).args).aliases))
        tasks.push(`    - ${name}: { ${alias}: "{{ 'a' }}" }`)
    }
    expect(tasks.length).to.be.greaterThan(60)
    const error: unknown = await readPlaybook(`- hosts: all\n  tasks:\n${tasks.join('\n')}\n`).catch(
      (reason: unknown) => reason,
    )
    const errors = error instanceof UserErrors ? error.errors : []
    // What else a task lacks is no matter here.
    const wrong = errors.filter(
      ({ message }) => !/ is missing in | is needed|^the arguments of \w+: |^there is no role/.test(message),
    )
    expect(wrong.map(({ at, message }) => `${tasks[(at?.line ?? 0) - 3] ?? ''}: ${message}`)).to.deep.equal([])
  })

  it('stand in the message and for the place, where what they say is wrong', async () => {
    const error: unknown = await readPlaybook(
      '- hosts: all\n  tasks:\n    - file: { dest: here, state: touch }\n',
    ).catch((reason: unknown) => reason)
    expect(error).to.deep.include({ message: 'dest: must be an absolute path' })
    expect((error as { at?: { column: number } }).at?.column).to.equal(21)
  })
})
