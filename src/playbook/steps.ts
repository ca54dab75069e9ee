import type { Included, Step, Task } from './playbook.ts'

/** All tasks below some steps, those of blocks included, in the order in which they are written. */
export function* tasksIn(steps: readonly Step[]): Iterable<Task> {
  for (const step of steps) {
    if (step.kind === 'task') yield step.task
    if (step.kind !== 'block') continue
    const { block, rescue, always } = step.block
    yield* tasksIn([...block, ...rescue, ...always])
  }
}

/** Like `tasksIn`, and what they are known to include. */
export function* allTasksIn(steps: readonly Step[]): Iterable<Task> {
  for (const task of tasksIn(steps)) {
    yield task
    if (task.include?.known) yield* allTasksIn(task.include.known.steps)
  }
}

/** What the tasks below some steps are known to include. */
export function* includedIn(steps: readonly Step[]): Iterable<Included> {
  for (const { include } of tasksIn(steps)) {
    if (!include?.known) continue
    yield include.known
    yield* includedIn(include.known.steps)
  }
}

/** The same steps without the tasks that `keep` refuses, and without what is empty then. */
export function filterSteps(steps: readonly Step[], keep: (task: Task) => boolean): readonly Step[] {
  return steps.flatMap((step): readonly Step[] => {
    if (step.kind === 'task') return keep(step.task) ? [step] : []
    if (step.kind !== 'block') return [step]
    const part = (name: 'block' | 'rescue' | 'always') => filterSteps(step.block[name], keep)
    const block = { ...step.block, block: part('block'), rescue: part('rescue'), always: part('always') }
    const empty = [...tasksIn([...block.block, ...block.rescue, ...block.always])].length === 0
    return empty ? [] : [{ kind: 'block', block }]
  })
}
