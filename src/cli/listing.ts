import { plainText } from '../source/value.ts'
import { tasksIn } from '../playbook/steps.ts'
import type { PlannedRun } from '../engine/plan-run.ts'
import type { PlayOptions } from './options.ts'

/** What `--list-hosts`, `--list-tasks` and `--list-tags` print; undefined when none was asked for. */
export function listing(plan: PlannedRun, options: PlayOptions): string | undefined {
  const { listHosts, listTasks, listTags } = options
  if (!listHosts && !listTasks && !listTags) return undefined
  const parts = plan.plays.map(({ play, hosts, steps }, index) => {
    const name = play.name ?? plainText(play.hosts.value)
    const title = `  play #${index + 1} (${plainText(play.hosts.value)}): ${name}`
    const lines = [title]
    if (listHosts) lines.push(`    hosts (${hosts.length}):`, ...hosts.map((host) => `      ${host}`))
    const shown = [...tasksIn(steps)]
    if (listTasks) {
      lines.push('    tasks:')
      for (const task of shown) {
        const role = task.role ? `${task.role.name} : ` : ''
        lines.push(`      ${role}${plainText(task.name?.value ?? task.module)}    TAGS: [${task.tags.join(', ')}]`)
      }
    }
    if (listTags) lines.push(`    TASK TAGS: [${[...new Set(shown.flatMap((task) => task.tags))].sort().join(', ')}]`)
    return lines.join('\n')
  })
  return `${parts.join('\n\n')}\n`
}
