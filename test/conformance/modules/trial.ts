import { createHash } from 'node:crypto'

/**
 * One start state and one task, for Sallyport and for ansible-core; `{{dir}}` in any text is the task's own folder,
 * `{{server}}` in its arguments the address of an HTTP server (`test/support/http-answers.ts`).
 */
export interface Trial {
  readonly module: string
  /** Behaviour in a few words; unique for its module. */
  readonly name: string
  /** A shell snippet that makes the start state. */
  readonly start?: string
  readonly args: unknown
  /** The task's `environment`. */
  readonly environment?: Readonly<Record<string, string>>
  /** Files on the controller, beside the playbook. */
  readonly files?: Readonly<Record<string, string>>
  /** Why Sallyport does something else on purpose: the test then sees that it does. */
  readonly differs?: string
  /** Fields of the result that are not compared, beside those that are other on every run. */
  readonly except?: readonly string[]
  /** The answer depends on the machine: it is not kept, but asked for beside ours. */
  readonly live?: boolean
}

/** The hash under which an answer is kept: of all that ansible-core is given. */
export function keyOf({ module, start = '', args, environment, files = {} }: Trial): string {
  return createHash('sha256')
    .update(JSON.stringify({ module, start, args, environment, files }))
    .digest('hex')
    .slice(0, 20)
}
