import { execFileSync } from 'node:child_process'

export type Level = 'Play' | 'Role' | 'Block' | 'Task'
/** ansible-core's keywords, and where each may stand. */
export type Keywords = Readonly<Record<string, readonly Level[]>>

/** What `ansible-doc` says today; undefined where there is none. */
export function ask(): Keywords | undefined {
  const doc = (...args: readonly string[]): Record<string, unknown> =>
    JSON.parse(
      execFileSync('ansible-doc', ['-t', 'keyword', '-j', ...args], {
        encoding: 'utf8',
        env: { ...process.env, ANSIBLE_CONFIG: '/nonexistent/ansible.cfg' },
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as Record<string, unknown>
  let names: readonly string[]
  try {
    names = Object.keys(doc('-l'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const pages = doc(...names) as Record<string, { readonly applies_to: readonly Level[] }>
  return Object.fromEntries(Object.entries(pages).map(([name, page]) => [name, page.applies_to]))
}
