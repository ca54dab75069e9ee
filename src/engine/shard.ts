import { UserError } from '../errors.ts'

/** A part of a fleet, for one of several machines that run the same playbook: the `index`-th of `count`, from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/**
 * The variables in which a scheduler tells a job its number and how many there are. GitLab sets both; Kubernetes sets
 * the number alone, and GitHub neither, so that a job hands the rest over itself (README).
 */
const schedulers = [
  { name: "GitLab's parallel", index: 'CI_NODE_INDEX', count: 'CI_NODE_TOTAL', from: 1 },
  { name: "a GitHub Actions matrix's", index: 'STRATEGY_JOB_INDEX', count: 'STRATEGY_JOB_TOTAL', from: 0 },
  { name: 'a Kubernetes Indexed Job', index: 'JOB_COMPLETION_INDEX', count: 'JOB_COMPLETIONS', from: 0 },
] as const

/**
 * `2/5`, or `auto`: what the scheduler of this job says.
 * @throws UserError for anything else, and where no scheduler says anything
 */
export function parseShard(text: string, env: NodeJS.ProcessEnv): Shard {
  if (text === 'auto') return scheduled(env)
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []
  const shard = { index: Number(index), count: Number(count) }
  if (shard.index >= 1 && shard.index <= shard.count) return shard
  throw new UserError(`--shard: '${text}' is no part of a whole`, {
    hint: 'write 2/5 for the second of five, or auto for what the CI job says',
  })
}

function scheduled(env: NodeJS.ProcessEnv): Shard {
  const found = schedulers.find(({ index }) => (env[index] ?? '') !== '')
  if (!found) {
    throw new UserError('--shard auto: no scheduler tells which part this is', {
      hint: `looked for ${schedulers.map(({ index, count }) => `${index} and ${count}`).join(', ')}`,
    })
  }
  const [index, count] = [env[found.index] ?? '', env[found.count] ?? '']
  const number = /^\d{1,6}$/.test(index) ? Number(index) - found.from + 1 : 0
  if (/^\d{1,6}$/.test(count) && number >= 1 && number <= Number(count)) return { index: number, count: Number(count) }
  const said = `${found.index} is '${index}', ${found.count} ${count === '' ? 'is not set' : `is '${count}'`}`
  throw new UserError(`--shard auto: ${said}`, { hint: `as ${found.name} would say it, or write --shard 2/5` })
}

/**
 * Which hosts of an inventory are in a shard: the same ones whatever the order in which they are listed, and hosts
 * that stand together (of one rack, of one cluster) in different ones.
 */
export function shardOf(hosts: Iterable<string>, { index, count }: Shard): ReadonlySet<string> {
  const sorted = [...hosts].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0))
  return new Set(sorted.filter((_, position) => position % count === index - 1))
}
