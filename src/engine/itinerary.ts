import type { Entry, HostBlock, HostStep, Section } from './host-tasks.ts'

/** A list of steps that the host is in, and how far it has come. */
interface Frame {
  /** The next step; undefined behind the last. */
  next(): HostStep | undefined
  /** What is left, without going there. */
  rest(): Iterable<HostStep>
  readonly inside?: { readonly block: HostBlock; readonly section: Section }
  /** An `always` behind a failure: what failed goes on failing afterwards. */
  readonly failed?: boolean
}

/** One host's way through the blocks of a play. */
export class Itinerary {
  readonly #frames: Frame[]
  /** Nothing rescued what failed: the host is out. */
  failed = false

  constructor(steps: readonly HostStep[]) {
    this.#frames = [listFrame(steps)]
  }

  /** The next step that is no block; undefined at the end of the way. */
  next(): HostStep | undefined {
    for (;;) {
      const frame = this.#frames.at(-1)
      if (!frame) return undefined
      const step = frame.next()
      if (!step) this.#leave()
      else if (step.kind === 'block') this.#enter(step.block, 'block')
      else return step
    }
  }

  /** These come next: what was included, or the handlers that were notified. */
  insert(frame: Frame | readonly HostStep[]): void {
    this.#frames.push('next' in frame ? frame : listFrame(frame))
  }

  /** True inside a block whose `rescue` would take a failure. */
  get rescues(): boolean {
    return this.#frames.some(({ inside }) => inside?.section === 'block' && inside.block.rescue.length > 0)
  }

  /** The present task failed; the host goes on with the `rescue` or `always` of a block around it, if there is one. */
  fail(): void {
    for (let frame = this.#frames.pop(); frame; frame = this.#frames.pop()) {
      const { inside } = frame
      if (!inside) continue
      const { block, section } = inside
      if (section === 'block' && block.rescue.length > 0) return this.#enter(block, 'rescue')
      if (section !== 'always' && block.always.length > 0) return this.#enter(block, 'always', true)
    }
    this.failed = true
  }

  /** The tasks to come, if all goes well, in order. One that has become an include by then is followed. */
  *ahead(): Iterable<Entry> {
    for (const { rest, inside } of [...this.#frames].reverse()) {
      yield* entriesIn(rest())
      if (inside && inside.section !== 'always') yield* entriesIn(inside.block.always)
    }
  }

  #enter(block: HostBlock, section: Section, failed = false): void {
    this.#frames.push({ ...listFrame(block[section]), inside: { block, section }, failed })
  }

  #leave(): void {
    const { inside, failed } = this.#frames.pop() ?? {}
    if (!inside) return
    if (inside.section !== 'always') this.#enter(inside.block, 'always')
    else if (failed === true) this.fail()
  }
}

function listFrame(steps: readonly HostStep[]): Frame {
  let at = 0
  return {
    next: () => steps[at++],
    *rest() {
      yield* steps.slice(at)
    },
  }
}

/** Every task below some steps, what it is known to include behind it; `rescue` is left out: it is not expected. */
export function* entriesIn(steps: Iterable<HostStep>, withRescue = false): Iterable<Entry> {
  for (const step of steps) {
    if (step.kind === 'entry') {
      yield step.entry
      if (step.entry.included) yield* entriesIn(step.entry.included, withRescue)
    } else if (step.kind === 'block') {
      const { block, rescue, always } = step.block
      yield* entriesIn(block, withRescue)
      if (withRescue) yield* entriesIn(rescue, withRescue)
      yield* entriesIn(always, withRescue)
    }
  }
}
