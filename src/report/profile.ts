import { shortPath } from '../source/short-path.ts'
import type { HostProfile, RunEvent } from './events.ts'
import { printable } from './printable.ts'
import { padEnd, padStart, truncate } from './width.ts'

/** Where the time of a run went, folded from its events. */
export interface Profile {
  add(event: RunEvent): void
  /** Two tables, no wider than `columns`. */
  lines(columns: number): string[]
}

/** Of the hosts and the tasks those that took longest: what there is to look at. */
const mostRows = 10
const parts = ['total', 'connect', 'exchange', 'host', 'controller', 'waiting'] as const
type Part = (typeof parts)[number]
type Times = Readonly<Record<Part, number>>

interface TaskTimes {
  name: string
  readonly times: Map<string, number>
}

export function createProfile(): Profile {
  const hosts = new Map<string, Times>()
  const tasks = new Map<string, TaskTimes>()
  const task = (at: string): TaskTimes => {
    const known = tasks.get(at) ?? { name: at, times: new Map<string, number>() }
    tasks.set(at, known)
    return known
  }
  return {
    add(event) {
      if (event.event === 'task') task(event.task.at).name = event.task.name
      if (event.event !== 'host-end' || !event.profile) return
      const { host, profile } = event
      hosts.set(host, plus(hosts.get(host), profile))
      for (const [at, ms] of Object.entries(profile.tasks)) {
        const { times } = task(at)
        times.set(host, (times.get(host) ?? 0) + ms)
      }
    },
    lines: (columns) => (hosts.size === 0 ? [] : [...hostTable(hosts, columns), ...taskTable(tasks, columns)]),
  }
}

function plus(before: Times | undefined, more: HostProfile): Times {
  return times((part) => (before?.[part] ?? 0) + more[part])
}

function times(of: (part: Part) => number): Times {
  return Object.fromEntries(parts.map((part) => [part, of(part)])) as Record<Part, number>
}

function hostTable(hosts: ReadonlyMap<string, Times>, columns: number): string[] {
  const slowest = [...hosts].sort(([, one], [, other]) => other.total - one.total).slice(0, mostRows)
  const mean = times((part) => sum([...hosts.values()].map((host) => host[part])) / hosts.size)
  const rows = hosts.size > 1 ? [...slowest, ['mean', mean] as const] : slowest
  const numbers = parts.map((part) => [part, Math.max(7, part.length)] as const)
  const room = columns - 3 - sum(numbers.map(([, width]) => width + 2))
  return [
    '',
    `PROFILE  seconds, ${hosts.size > mostRows ? `the ${mostRows} slowest of ` : ''}${hosts.size} hosts`,
    '',
    `  ${padEnd('host', room)}${numbers.map(([part, width]) => padStart(part, width + 2)).join('')}`,
    ...rows.map(([host, of]) => {
      const cells = numbers.map(([part, width]) => padStart(seconds(of[part]), width + 2))
      return `  ${name(host, room)}${cells.join('')}`
    }),
  ]
}

/** How long the hosts themselves were at work for each task. */
function taskTable(tasks: ReadonlyMap<string, TaskTimes>, columns: number): string[] {
  const measured = [...tasks].flatMap(([at, { name, times }]) => {
    const [slowest, ...others] = [...times].sort(([, one], [, other]) => other - one)
    if (!slowest) return []
    const all = sum([slowest, ...others].map(([, ms]) => ms))
    return [{ at, name, slowest, all, hosts: times.size }]
  })
  if (measured.length === 0) return []
  const rows = measured.sort((one, other) => other.all - one.all).slice(0, mostRows)
  const room = columns - 3 - 3 * 9 - 20
  return [
    '',
    `  ${padEnd('task, on the host', room)}${['hosts', 'mean', 'most'].map((head) => padStart(head, 9)).join('')}  slowest`,
    ...rows.map(({ at, name: title, slowest: [host, most], all, hosts }) => {
      const cells = [String(hosts), seconds(all / hosts), seconds(most)].map((text) => padStart(text, 9))
      return `  ${name(title === at ? shortPath(at) : title, room)}${cells.join('')}  ${name(host, 18).trimEnd()}`
    }),
  ]
}

const name = (text: string, width: number): string => padEnd(truncate(printable(text), width), width)
const seconds = (ms: number): string => (ms / 1000).toFixed(2)
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
