import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { readInput } from '../../../src/cli/play-command.ts'
import { sorted } from '../../../src/cli/errors.ts'
import { planRun, type PlannedPlay } from '../../../src/engine/plan-run.ts'
import type { Entry, HostStep } from '../../../src/engine/host-tasks.ts'
import { isUnit, type Unit } from '../../../src/engine/unit.ts'
import { UserError, UserErrors } from '../../../src/errors.ts'
import type { Task } from '../../../src/playbook/playbook.ts'
import { folderWith } from '../../source/temporary.ts'
import { cases } from '../playbooks/cases/all.ts'
import type { Level } from './ask.ts'
import { keptKeywords } from './kept.ts'
import { arrivals, refused, shownBy } from './ours.ts'

const levels: readonly Level[] = ['Play', 'Role', 'Block', 'Task']
const tests = fileURLToPath(new URL('../..', import.meta.url))
const hosts = 'all:\n  hosts: { h1: , h2: }\n'

/** A play in which a keyword stands at one level around (or on) its task; and in which line and column. */
function playWith(level: Level, keyword: string, { value, instead, also = '' }: Partial<(typeof arrivals)[string]>) {
  const line = `${keyword}: ${value ?? 'x'}`
  const gather = keyword === 'gather_facts' && level === 'Play' ? 'name: x' : 'gather_facts: false'
  const play = `- hosts: all\n  ${gather}\n${also === '' ? '' : `  ${also}\n`}`
  const task = (level === 'Task' ? instead : undefined) ?? 'command: "echo {{ v | default(\'-\') }}"'
  switch (level) {
    case 'Play':
      return keyword === 'tasks' || keyword === 'hosts'
        ? {
            text: `- ${line}\n  gather_facts: false\n  ${keyword === 'hosts' ? `tasks: [{${task}}]` : 'hosts: all'}\n`,
            at: [1, 3],
          }
        : { text: `${play}  ${line}\n  tasks: [{${task}}]\n`, at: [also === '' ? 3 : 4, 3] }
    case 'Role':
      return { text: `${play}  roles:\n    - role: r\n      ${line}\n`, at: [also === '' ? 5 : 6, 7] }
    case 'Block':
      return keyword === 'block'
        ? { text: `${play}  tasks:\n    - ${line}\n`, at: [4, 7] }
        : { text: `${play}  tasks:\n    - block: [{${task}}]\n      ${line}\n`, at: [also === '' ? 5 : 6, 7] }
    case 'Task':
      return instead === ''
        ? { text: `${play}  tasks:\n    - ${line}\n`, at: [4, 7] }
        : { text: `${play}  tasks:\n    - ${task}\n      ${line}\n`, at: [also === '' ? 5 : 6, 7] }
  }
}

async function plan(text: string): Promise<PlannedPlay | readonly UserError[]> {
  const folder = folderWith({
    'play.yml': text,
    'hosts.yml': hosts,
    'more.yml': 'v: file\n',
    'roles/r/tasks/main.yml': '- command: "echo {{ v | default(\'-\') }}"\n',
  })
  try {
    const options = { inventory: [join(folder, 'hosts.yml')], verbose: 0, output: 'plain' } as const
    const input = await readInput([join(folder, 'play.yml')], 'apply', options)
    input.transport.close()
    const [play] = (await planRun(input)).plays
    if (!play) throw new Error('no play was read')
    return play
  } catch (error) {
    if (error instanceof UserErrors) return sorted(error.errors)
    if (error instanceof UserError) return [error]
    throw error
  }
}

/** The first task, and what it comes to on its host. */
function first(play: PlannedPlay): { task: Task; unit: Unit | undefined } {
  const entryIn = (steps: readonly HostStep[]): Entry | undefined => {
    for (const step of steps) {
      const entry = step.kind === 'entry' ? step.entry : step.kind === 'block' ? entryIn(step.block.block) : undefined
      if (entry) return entry
    }
    return undefined
  }
  const entry = entryIn(play.members.get('h1')?.tasks.steps ?? [])
  if (!entry) throw new Error('the play has no task')
  const { task, prepared } = entry
  return { task, unit: prepared?.kind === 'units' ? prepared.units.find(isUnit) : undefined }
}

/** What an entry of `roles` does not know is a variable of the role, as in Ansible. */
function isRefused(keyword: string, level: Level, places: readonly Level[]): boolean {
  if (level === 'Role') return places.includes(level)
  // A task with a block is one, and `gather_facts` is a module as well.
  return !(level === 'Task' && ['block', 'gather_facts'].includes(keyword))
}

describe('every keyword that ansible-core has', () => {
  for (const [keyword, places] of Object.entries(keptKeywords())) {
    describe(keyword, () => {
      for (const level of levels) {
        const arrival = arrivals[keyword]
        const { text, at } = playWith(level, keyword, arrival ?? {})
        if (places.includes(level) && !refused.has(keyword)) {
          it(`reaches what it is for, on a ${level.toLowerCase()}`, async () => {
            if (!arrival) throw new Error('nobody says what becomes of it')
            const play = await plan(text)
            if (!('play' in play)) throw new Error(play.map(String).join('\n'))
            expect(arrival.seen({ ...play, level, ...first(play) })).to.deep.equal(arrival.is)
          })
        } else if (isRefused(keyword, level, places)) {
          it(`is refused by name where it stands on a ${level.toLowerCase()}`, async () => {
            const errors = await plan(text)
            if ('play' in errors) throw new Error('it was accepted')
            const [error] = errors
            expect(error?.message).to.contain(keyword)
            expect(error?.at?.line).to.equal(at[0])
            expect(error?.at?.column).to.be.at.least(at[1] ?? 1)
          })
        }
      }
      if (refused.has(keyword)) return
      it('means what it means in Ansible: a test shows it', () => {
        const title = shownBy[keyword]
        if (typeof title === 'string') {
          const named = cases.find(({ name }) => name === title)
          const all = [named?.play, ...Object.values(named?.files ?? {})].join('\n')
          expect(all).to.match(new RegExp(`\\b${keyword}:`), `the case '${title}'`)
        } else {
          const [file = '', name = ''] = title ?? []
          const source = readFileSync(join(tests, file), 'utf8')
          expect(source).to.contain(name)
          expect(source).to.contain(keyword)
        }
      })
    })
  }

  it('and no other is said to be shown', () => {
    const known = Object.keys(keptKeywords())
    expect(Object.keys({ ...shownBy, ...arrivals }).filter((name) => !known.includes(name))).to.deep.equal([])
  })
})
