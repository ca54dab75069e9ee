import { isDeepStrictEqual } from 'node:util'
import { UserError, UserErrors } from '../../../src/errors.ts'
import { jsonSpelling } from '../../../src/inventory/listed.ts'
import { listAsJson } from '../../../src/inventory/listing.ts'
import { loadInventory } from '../../../src/inventory/load.ts'
import { hostMagic } from '../../../src/inventory/magic.ts'
import type { Inventory } from '../../../src/inventory/model.ts'
import { selectHosts } from '../../../src/inventory/patterns.ts'
import type { Answer, Prepared } from './ask.ts'
import { differences } from './differences.ts'

/** What we make of a case, in the shape of Ansible's answer. */
export async function ours({ test, sources, playbookDir }: Prepared): Promise<Answer> {
  const inventory = await loadInventory(sources, {
    vaultSecrets: test.password === undefined ? [] : [{ id: 'default', password: test.password }],
    playbookDirs: playbookDir === undefined ? [] : [playbookDir],
  })
  const list = listAsJson(inventory, { spelling: jsonSpelling, exported: test.exported ?? false, playbookDir })
  const patterns = test.patterns ?? []
  return {
    // Through JSON, as what it is compared with.
    list: JSON.parse(JSON.stringify(list)) as Answer['list'],
    groupNames: Object.fromEntries(
      [...inventory.hosts.values()].map((host) => [host.name, hostMagic(host)['group_names'] as string[]]),
    ),
    patterns: Object.fromEntries(patterns.map((pattern) => [pattern, select(inventory, pattern, test.limit)])),
  }
}

function select(inventory: Inventory, pattern: string, limit: string | undefined): readonly string[] | 'error' {
  try {
    return selectHosts(inventory, pattern, { limit })
  } catch (error) {
    if (error instanceof UserError) return 'error'
    throw error
  }
}

/** Each part in which the two differ without a reason that is listed. */
export async function disagreements(prepared: Prepared, theirs: Answer): Promise<readonly string[]> {
  let own: Answer
  try {
    own = await ours(prepared)
  } catch (error) {
    if (!(error instanceof UserError || error instanceof UserErrors)) throw error
    return [`${describe(prepared)}: refused here: ${error.message}`]
  }
  const parts: [string, unknown, unknown][] = []
  const collect = (what: string, one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>) => {
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
      parts.push([`${what} ${name}`, one[name], other[name]])
  }
  collect('listing', own.list, theirs.list)
  collect('groups of', own.groupNames, theirs.groupNames)
  for (const [pattern, hosts] of Object.entries(theirs.patterns)) {
    const found = own.patterns[pattern]
    if (!differences.some(({ applies }) => applies({ prepared, pattern, ours: found, theirs: hosts })))
      parts.push([`pattern ${pattern} (limit ${prepared.test.limit ?? 'none'})`, found, hosts])
  }
  return parts
    .filter(([, one, other]) => !isDeepStrictEqual(one, other))
    .map(
      ([what, one, other]) =>
        `${describe(prepared)}: ${what}\n  ansible-core: ${JSON.stringify(other)}\n  here:         ${JSON.stringify(one)}`,
    )
}

function describe({ test }: Prepared): string {
  return test.name
}
