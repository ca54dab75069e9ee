import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listing } from '../../src/cli/listing.ts'
import { readInput } from '../../src/cli/play-command.ts'
import { outlineOf } from '../../src/engine/outline.ts'

describe('lists of a run', () => {
  it('need no secret, and no variable that only a run would need', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-listing-'))
    try {
      const play = `- name: secrets
  hosts: all
  tags: base
  tasks:
    - { name: first, debug: { msg: "{{ nobody_set_this }}" }, tags: x }
    - block:
        - { name: second, debug: { msg: "{{ nor_this }}" } }
      rescue:
        - { name: third, debug: }
    - meta: flush_handlers
`
      await writeFile(join(dir, 'play.yml'), play)
      const options = { inventory: ['a,b,'], timeout: 1, verbose: 0, output: 'plain' } as const
      const input = await readInput([join(dir, 'play.yml')], 'apply', options)
      const text = listing(outlineOf(input), { ...options, listHosts: true, listTasks: true, listTags: true })
      input.transport.close()
      expect(text.split('\n').map((line) => line.trim())).to.deep.equal([
        'play #1 (all): secrets',
        'hosts (2):',
        'a',
        'b',
        'tasks:',
        'first    TAGS: [base, x]',
        'second    TAGS: [base]',
        'third    TAGS: [base]',
        'TASK TAGS: [base, x]',
        '',
      ])
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })
})
