import { plainText } from '../source/value.ts'
import { repr, str } from '../template/python/repr.ts'
import type { Listed } from './listed.ts'
import { childrenOf, hostVariables, variablesOfGroup, type ListingOptions } from './listing.ts'
import type { Group, Inventory } from './model.ts'
import { selectHosts } from './patterns.ts'

export interface GraphOptions {
  readonly start: Group
  readonly vars: boolean
  readonly playbookDir?: string | undefined
  readonly limit?: string | undefined
}

/** What `ansible-inventory --graph` prints; what is encrypted shows as `!vault`, not in plain text as there. */
export function drawGraph(inventory: Inventory, { start, vars, playbookDir, limit }: GraphOptions): string {
  const chosen = new Set(selectHosts(inventory, 'all', { limit }))
  const listing: ListingOptions<string> = {
    spelling: { sealed: () => '!vault', unsafe: (text) => text },
    exported: false,
    playbookDir,
  }
  const lines: string[] = []
  const row = (depth: number, text: string) => lines.push(depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`)
  const variables = (depth: number, all: Readonly<Record<string, Listed<string>>>) => {
    if (!vars) return
    for (const name of Object.keys(all).sort()) row(depth, `{${name} = ${pythonText(all[name] ?? null)}}`)
  }
  const draw = (group: Group, depth: number): void => {
    row(depth, `@${group.name}:`)
    for (const child of childrenOf(inventory, group)) draw(child, depth + 1)
    for (const host of group.name === 'all' ? [] : group.hosts) {
      if (!chosen.has(host)) continue
      row(depth + 1, host)
      variables(depth + 2, hostVariables(inventory, host, listing))
    }
    variables(depth + 1, variablesOfGroup(inventory, group, listing))
  }
  draw(start, 0)
  return lines.join('\n')
}

/** As Python's `%s` would show it. */
function pythonText(value: Listed<string>): string {
  return typeof value === 'string' ? plainText(value) : typeof value === 'object' ? repr(value) : str(value)
}
