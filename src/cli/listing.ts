import { moduleTitle } from '../modules/registry.ts'
import { plainText } from '../source/value.ts'
import { tasksIn } from '../playbook/steps.ts'
import { isGathering, type PlayOutline } from '../engine/outline.ts'
import type { PlayOptions } from './options.ts'

/** What `--list-hosts`, `--list-tasks` and `--list-tags` print. */
export function listing(plays: readonly PlayOutline[], { listHosts, listTasks, listTags }: PlayOptions): string {
  const parts = plays.map(({ play, hosts, steps }, index) => {
    const name = play.name ?? plainText(play.hosts.value)
    const title = `  play #${index + 1} (${plainText(play.hosts.value)}): ${name}`
    const lines = [title]
    if (listHosts) lines.push(`    hosts (${hosts.length}):`, ...hosts.map((host) => `      ${host}`))
    const shown = [...tasksIn(steps)].filter((task) => !isGathering(task) && task.module !== 'meta')
    if (listTasks) {
      lines.push('    tasks:')
      for (const task of shown) {
        const role = task.role ? `${task.role.name} : ` : ''
        lines.push(
          `      ${role}${plainText(task.name?.value ?? moduleTitle(task.module))}    TAGS: [${task.tags.join(', ')}]`,
        )
      }
    }
    if (listTags) lines.push(`    TASK TAGS: [${[...new Set(shown.flatMap((task) => task.tags))].sort().join(', ')}]`)
    return lines.join('\n')
  })
  return `${parts.join('\n\n')}\n`
}
