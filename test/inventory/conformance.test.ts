import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../src/errors.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import { hostMagic } from '../../src/inventory/magic.ts'
import type { Inventory } from '../../src/inventory/model.ts'
import { selectHosts } from '../../src/inventory/patterns.ts'
import type { Value } from '../../src/source/value.ts'
import { folderWith } from '../source/temporary.ts'
import type { Files } from '../source/temporary.ts'
import { CASES } from './cases.ts'
import type { Case } from './cases.ts'
import { askAnsible, requireAnsible } from './oracle.ts'
import type { Answer } from './oracle.ts'
import { varsOf } from './support.ts'

/** An inventory as both sides describe it. */
interface Picture {
  readonly hosts: Record<string, Record<string, unknown>>
  readonly groups: Record<string, unknown>
  readonly patterns: Record<string, unknown>
}

const ANSWER = z.object({
  hosts: z.record(z.string(), z.record(z.string(), z.unknown())),
  groups: z.record(z.string(), z.unknown()),
  patterns: z.record(z.string(), z.unknown()),
})

const LISTING = z.object({ _meta: z.object({ hostvars: z.record(z.string(), z.unknown()) }) })

interface Prepared {
  readonly test: Case
  readonly sources: readonly string[]
  readonly playbookDir: string | undefined
}

function prepare(test: Case): Prepared {
  const files: Files = test.files
  const folder = folderWith(files)
  const absolute = (source: string) => (source.includes(',') ? source : join(folder, source))
  return {
    test,
    sources: (test.sources ?? ['hosts']).map(absolute),
    playbookDir: test.playbookDir === undefined ? undefined : join(folder, test.playbookDir),
  }
}

/** What we make of a case, in the shape of Ansible's answer. */
async function ours({ test, sources, playbookDir }: Prepared): Promise<Picture> {
  const inventory = await loadInventory(sources, {
    vaultSecrets: test.password === undefined ? [] : [{ id: 'default', password: test.password }],
    playbookDirs: playbookDir === undefined ? [] : [playbookDir],
  })
  const picture: Picture = { hosts: {}, groups: {}, patterns: {} }
  for (const host of inventory.hosts.values())
    picture.hosts[host.name] = { ...varsOf(inventory, host.name, playbookDir), ...hostMagic(host) }
  for (const { name, depth, priority, children, hosts } of inventory.groups.values())
    picture.groups[name] = {
      hosts: [...inventory.members(name)].sort(),
      depth,
      priority,
      children: [...children].sort(),
      own: hosts,
    }
  for (const pattern of test.patterns ?? []) picture.patterns[pattern] = select(inventory, pattern, test.limit)
  return picture
}

function select(inventory: Inventory, pattern: string, limit: string | undefined): Value {
  try {
    return selectHosts(inventory, pattern, { limit })
  } catch (error) {
    if (error instanceof UserError) return 'error'
    throw error
  }
}

/** Ansible's answer without what it alone adds; a subscript out of range fails in both, each in its own words. */
function theirs(answer: Answer | undefined): Picture {
  if (!answer || !('value' in answer)) throw new Error(`Ansible refuses: ${JSON.stringify(answer)}`)
  const { hosts, groups, patterns } = ANSWER.parse(answer.value)
  for (const vars of Object.values(hosts)) delete vars.ansible_config_file
  const found = Object.entries(patterns).map(
    ([pattern, names]) => [pattern, typeof names === 'string' ? 'error' : names] as const,
  )
  return { hosts, groups, patterns: Object.fromEntries(found) }
}

describe('inventories beside Ansible', () => {
  let answers: readonly Answer[] = []
  const prepared: Prepared[] = []

  before(async function () {
    requireAnsible(this)
    prepared.push(...CASES.map(prepare))
    answers = await askAnsible(
      prepared.map(({ test, sources, playbookDir }) => ({
        ask: 'inventory',
        sources,
        patterns: test.patterns ?? [],
        ...(test.limit !== undefined && { limit: test.limit }),
        ...(playbookDir !== undefined && { playbookDir }),
        ...(test.password !== undefined && { password: test.password }),
      })),
    )
  })

  CASES.forEach((test, index) => {
    it(test.name, async () => {
      const own = prepared[index]
      if (!own) throw new Error('the case was not prepared')
      expect(await ours(own)).to.deep.equal(theirs(answers[index]))
    })
  })

  it('the command line says the same as its library', async () => {
    const [own] = [prepared.find(({ test }) => test.name === 'patterns over a fleet')]
    if (!own) throw new Error('the case is gone')
    const output = execFileSync('ansible-inventory', ['-i', own.sources.join(','), '--list'], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    })
    const listed = LISTING.parse(JSON.parse(output))
    const { hosts } = await ours(own)
    for (const [name, vars] of Object.entries(hosts)) {
      const magic = ['inventory_hostname', 'inventory_hostname_short', 'group_names']
      const rest = Object.fromEntries(Object.entries(vars).filter(([variable]) => !magic.includes(variable)))
      expect([name, listed._meta.hostvars[name] ?? {}]).to.deep.equal([name, rest])
    }
  })
})
