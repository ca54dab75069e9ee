import { didYouMean } from '../source/suggest.ts'
import type { Play } from '../playbook/playbook.ts'
import { allTasksIn } from '../playbook/steps.ts'

/**
 * Whether a task runs under `--tags` and `--skip-tags`, by Ansible's rules: `always` runs unless skipped by name,
 * `never` only when one of its tags is asked for; `all`, `tagged` and `untagged` stand for groups of tasks.
 */
export function isSelected(own: readonly string[], only: readonly string[], skip: readonly string[]): boolean {
  const asked = only.length === 0 ? ['all'] : only
  return runs(own, asked) && !skipped(own, skip, asked)
}

function runs(own: readonly string[], asked: readonly string[]): boolean {
  if (own.includes('always')) return true
  const named = own.some((tag) => asked.includes(tag))
  if (named) return true
  if (own.includes('never')) return false
  if (asked.includes('all')) return true
  return own.length > 0 ? asked.includes('tagged') : asked.includes('untagged')
}

function skipped(own: readonly string[], skip: readonly string[], asked: readonly string[]): boolean {
  if (own.some((tag) => skip.includes(tag))) return true
  const always = own.includes('always')
  if (skip.includes('all')) return !always || asked.includes('always') ? !always : false
  return own.length > 0 ? skip.includes('tagged') && !always : skip.includes('untagged')
}

/** Words that stand for groups of tasks, not for a tag that somebody wrote. */
const groups = ['all', 'tagged', 'untagged', 'always', 'never']

/**
 * What to say of tags on the command line that no task has: most probably a slip, and the run would do nothing. What
 * is included under a templated name is not known yet: it may have them.
 */
export function unknownTags(plays: readonly Play[], asked: readonly string[]): string[] {
  const tasks = plays.flatMap(({ parts, handlers }) => [...allTasksIn(parts.flat()), ...handlers])
  if (tasks.some(({ include }) => include !== undefined && include.known === undefined)) return []
  const known = new Set([...groups, ...tasks.flatMap(({ tags }) => tags)])
  return asked
    .filter((tag) => !known.has(tag))
    .map((tag) => {
      const meant = didYouMean(tag, known)
      return `no task has the tag '${tag}'${meant === undefined ? '' : `: did you mean '${meant}'?`}`
    })
}
