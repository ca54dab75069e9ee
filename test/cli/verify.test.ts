import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { sallyport } from '../support/cli.ts'

describe('sallyport verify', () => {
  let dir: string
  before(async () => (dir = await mkdtemp(join(tmpdir(), 'sallyport-verify-'))))
  after(() => rm(dir, { recursive: true, force: true }))

  const proofOf = (name: string) => `
    - name: Prove ${name}
      verify_forwarding:
        forward: ${name}
        host: 127.0.0.1
        port: 1
        ca_path: ${dir}/none.pem
        config: ${dir}/none.conf
        queue: sallyport_test_${name}
        timeout: 1`

  async function run(command: readonly string[]) {
    const file = join(dir, 'play.yml')
    const play = (more = '') => `- hosts: localhost
  connection: local
  gather_facts: false
  tags: [never, verify]
  tasks:${proofOf('nginx')}${proofOf('sshd')}${more}`
    await writeFile(file, `${play('\n    - fail: { msg: no proof }\n    - ping:')}\n${play()}\n`)
    const { code, stdout } = await sallyport([...command, file, '--output', 'jsonl'])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    const of = (word: string) => events.filter(({ event }) => event === word)
    return {
      code,
      proofs: of('proof').map(({ forward, proof, state }) => [forward, proof, state].join(' ')),
      failures: of('task').map(({ message }) => message),
      states: of('host-end').map(({ state }) => state),
    }
  }

  it('tries every proof, whatever failed before, and fails in the end; what is no proof ends it as ever', async () => {
    const { code, proofs, failures, states } = await run(['verify'])
    expect(code).to.equal(2)
    expect(proofs).to.include.members(['nginx configuration failed', 'sshd configuration failed'])
    expect(proofs.filter((text) => /drop|event/.test(text))).to.deep.equal([])
    expect(failures).to.deep.equal([failures[0], failures[1], 'no proof'])
    expect(failures[1]).to.match(/^sshd: \d of 5 proofs failed: .*configuration/)
    expect(states).to.deep.equal(['failed'])
  })

  it('leaves it to apply to stop at the first failure', async () => {
    const { code, failures } = await run(['apply', '--tags', 'verify'])
    expect(code).to.equal(2)
    expect(failures).to.have.length(1)
  })
})
