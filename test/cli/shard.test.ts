import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sallyport } from '../support/cli.ts'

describe('a fleet on several machines', function () {
  this.timeout(120_000)
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-shard-'))
    await writeFile(
      join(dir, 'play.yml'),
      `- hosts: all
  gather_facts: false
  tasks:
    - { name: fails, fail: { msg: no }, when: inventory_hostname == 'h2' }
    - { name: changes, debug: { msg: a }, changed_when: inventory_hostname == 'h3' }
`,
    )
    await writeFile(
      join(dir, 'hosts.yml'),
      'all:\n  vars: { ansible_connection: local }\n  hosts: { h3: , h1: , h4: , h2: }\n',
    )
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  async function shards(): Promise<string[]> {
    const files = []
    for (const index of [0, 1]) {
      const args = ['apply', 'play.yml', '-i', 'hosts.yml', '--output', 'jsonl', '--shard', 'auto']
      const env = { STRATEGY_JOB_INDEX: String(index), STRATEGY_JOB_TOTAL: '2' }
      const { stdout } = await sallyport(args, { cwd: dir, env })
      const file = `part${index}.jsonl`
      await writeFile(join(dir, file), stdout)
      files.push(file)
    }
    return files
  }

  it('does a part on each, and is one recap with one exit code again', async () => {
    const files = await shards()
    const plain = await sallyport(['report', 'merge', ...files], { cwd: dir })
    expect(plain.code).to.equal(2)
    expect(plain.stderr).to.equal('')
    expect(plain.stdout).to.match(/^RECAP {2}4 hosts in .*: 2 ok, 1 changed, 1 failed\n/)
    for (const host of ['h1', 'h2', 'h3', 'h4']) expect(plain.stdout.split(`${host} `)).to.have.length(2)
    const json = await sallyport(['report', 'merge', '--output', 'jsonl', ...files], { cwd: dir })
    expect(json.code).to.equal(2)
    const merged = JSON.parse(json.stdout) as { hosts: Record<string, { changed: number; failed: number }> }
    expect(Object.keys(merged.hosts).sort()).to.deep.equal(['h1', 'h2', 'h3', 'h4'])
    expect(merged.hosts['h3']).to.deep.include({ ok: 1, changed: 1, failed: 0 })
    expect(merged.hosts['h2']).to.deep.include({ failed: 1 })
    // What was merged can be merged again.
    await writeFile(join(dir, 'merged.jsonl'), json.stdout)
    const again = await sallyport(['report', 'merge', '--output', 'jsonl', 'merged.jsonl'], { cwd: dir })
    expect(again.stdout).to.equal(json.stdout)
  })

  it('says which part was cut off, and what is no such file', async () => {
    const [first = '', second = ''] = await shards()
    const whole = (await sallyport(['report', 'merge', first], { cwd: dir })).stdout
    expect(whole).to.match(/2 hosts/)
    await writeFile(join(dir, 'cut.jsonl'), '{"event":"play-start","play":"all","hosts":["h9"],"tasks":2}\n')
    const cut = await sallyport(['report', 'merge', second, 'cut.jsonl'], { cwd: dir })
    expect(cut.code).to.equal(2)
    expect(cut.stderr).to.equal('cut.jsonl: the run was cut off, there is no recap\n')
    expect(cut.stdout).to.match(/3 hosts interrupted after/)
    for (const [text, says] of [
      ['{"event":"play-end","play":"all"}\nTASK [x]\n', /^bad\.jsonl:2:1: error: this is no line of a run/],
      ['[1]\n', /^bad\.jsonl:1:1: error: this is no line of a run/],
      ['{"event":"play-start"}\n', /^bad\.jsonl:1:1: error: this is no line of a run/],
      ['{"event":"recap"}\n', /^bad\.jsonl:1:1: error: this is no line of a run/],
      ['', /bad\.jsonl is empty/],
    ] as const) {
      await writeFile(join(dir, 'bad.jsonl'), text)
      const bad = await sallyport(['report', 'merge', first, 'bad.jsonl'], { cwd: dir })
      expect(bad.code, text).to.equal(1)
      expect(bad.stdout, text).to.equal('')
      expect(bad.stderr).to.match(says)
    }
    const none = await sallyport(['report', 'merge', 'none.jsonl'], { cwd: dir })
    expect([none.code, none.stderr]).to.deep.equal([1, 'error: there is no file none.jsonl\n'])
  })
})
