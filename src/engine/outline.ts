import { UserError } from '../errors.ts'
import type { Play, Step, Task } from '../playbook/playbook.ts'
import { plainText } from '../source/value.ts'
import { hostsOf, stepsOf } from './play.ts'
import type { RunInput } from './plan-run.ts'

/** A play with its hosts and what is left of its tasks by tags and `--start-at-task`: nothing of it is rendered. */
export interface PlayOutline {
  readonly play: Play
  readonly hosts: readonly string[]
  readonly steps: readonly Step[]
}

/** What a run consists of, for lists too: it needs no variable but those that say which hosts. */
export function outlineOf({ playbooks, inventory, options }: RunInput): readonly PlayOutline[] {
  const all = playbooks.flatMap(({ plays }) =>
    plays.map((play) => ({ play, hosts: hostsOf(play, inventory, options), steps: stepsOf(play, options) })),
  )
  const { startAtTask } = options
  if (startAtTask === undefined) return all
  const first = all.findIndex(({ steps }) => startingAt(steps, startAtTask))
  if (first < 0) {
    throw new UserError(`no task is called '${startAtTask}'`, {
      hint: '--list-tasks shows the names; what is included while a play runs cannot be started at',
    })
  }
  return all
    .slice(first)
    .map((outline, index) =>
      index > 0
        ? outline
        : { ...outline, steps: [...gathering(outline.steps), ...(startingAt(outline.steps, startAtTask) ?? [])] },
    )
}

/** Facts are gathered wherever a play begins. */
function gathering([first]: readonly Step[]): readonly Step[] {
  return first?.kind === 'task' && isGathering(first.task) ? [first] : []
}

export function isGathering({ module, name, role }: Task): boolean {
  return module === 'setup' && name?.value === 'Gathering Facts' && role === undefined
}

/** The steps from the task of that name on; undefined when there is none. */
function startingAt(steps: readonly Step[], pattern: string): readonly Step[] | undefined {
  for (const [index, step] of steps.entries()) {
    const rest = steps.slice(index + 1)
    if (step.kind === 'task' && isCalled(step.task, pattern)) return [step, ...rest]
    if (step.kind !== 'block') continue
    const { block, always } = step.block
    const inBlock = startingAt(block, pattern)
    if (inBlock) return [{ kind: 'block', block: { ...step.block, block: inBlock } }, ...rest]
    const inAlways = startingAt(always, pattern)
    if (inAlways) return [{ kind: 'block', block: { ...step.block, block: [], always: inAlways } }, ...rest]
  }
  return undefined
}

function isCalled({ name, role, module }: Task, pattern: string): boolean {
  const own = plainText(name?.value ?? module)
  const glob = new RegExp(
    `^${pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
    's',
  )
  return [own, ...(role ? [`${role.name} : ${own}`] : [])].some((text) => text === pattern || glob.test(text))
}
