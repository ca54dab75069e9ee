import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { requireAnsible } from '../../inventory/oracle.ts'
import { ansiblePython } from '../template/ask.ts'

describe('addresses, compared with ansible.utils itself', () => {
  before(function () {
    requireAnsible(this)
  })

  it('answers today what is kept', function () {
    this.timeout(120_000)
    const script = fileURLToPath(new URL('oracle.py', import.meta.url))
    const said = execFileSync(ansiblePython() ?? 'python3', [script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const kept = readFileSync(new URL('answers.json', import.meta.url), 'utf8')
    expect(JSON.parse(said)).to.deep.equal(JSON.parse(kept))
  })
})
