import { expect } from 'chai'
import { join } from 'node:path'
import { UserError } from '../../src/errors.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import { hostMagic } from '../../src/inventory/magic.ts'
import type { Inventory } from '../../src/inventory/model.ts'
import { selectHosts } from '../../src/inventory/patterns.ts'
import { isMapping } from '../../src/source/value.ts'
import type { Value } from '../../src/source/value.ts'
import { folderWith } from '../source/temporary.ts'
import type { Files } from '../source/temporary.ts'
import { CASES } from './cases.ts'
import type { Case } from './cases.ts'
import { askAnsible, requireAnsible } from './oracle.ts'
import type { Answer } from './oracle.ts'
import { varsOf } from './support.ts'

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
async function ours({ test, sources, playbookDir }: Prepared): Promise<Value> {
  const inventory = await loadInventory(sources, {
    vaultSecrets: test.password === undefined ? [] : [{ id: 'default', password: test.password }],
    playbookDirs: playbookDir === undefined ? [] : [playbookDir],
  })
  const hosts = [...inventory.hosts.values()].map((host) => [
    host.name,
    { ...varsOf(inventory, host.name, playbookDir), ...hostMagic(host) },
  ])
  const groups = [...inventory.groups.values()].map((group) => [
    group.name,
    {
      hosts: [...inventory.members(group.name)].sort(),
      depth: group.depth,
      priority: group.priority,
      children: [...group.children].sort(),
      own: group.hosts,
    },
  ])
  const patterns = (test.patterns ?? []).map((pattern) => [pattern, select(inventory, pattern, test.limit)])
  return JSON.parse(
    JSON.stringify({
      hosts: Object.fromEntries(hosts),
      groups: Object.fromEntries(groups),
      patterns: Object.fromEntries(patterns),
    }),
  )
}

function select(inventory: Inventory, pattern: string, limit: string | undefined): Value {
  try {
    return selectHosts(inventory, pattern, { limit })
  } catch (error) {
    if (error instanceof UserError) return `error: ${error.message}`
    throw error
  }
}

/** Ansible's answer without what it alone adds; a subscript out of range fails in both, each in its own words. */
function comparable(value: Value): Value {
  if (!isMapping(value) || !isMapping(value.hosts ?? null) || !isMapping(value.patterns ?? null)) return value
  const hosts = Object.entries(value.hosts as Record<string, Record<string, Value>>).map(([name, vars]) => {
    const { ansible_config_file: _, ...rest } = vars
    return [name, rest]
  })
  const patterns = Object.entries(value.patterns as Record<string, Value>).map(([pattern, found]) => [
    pattern,
    typeof found === 'string' ? 'error' : found,
  ])
  return { ...value, hosts: Object.fromEntries(hosts), patterns: Object.fromEntries(patterns) }
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
      const [own, answer] = [prepared[index], answers[index]]
      if (!own || !answer || !('value' in answer)) throw new Error(`Ansible refuses: ${JSON.stringify(answer)}`)
      expect(comparable(await ours(own))).to.deep.equal(comparable(answer.value))
    })
  })
})
