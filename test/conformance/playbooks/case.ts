import { createHash } from 'node:crypto'
import type { PlayOptions } from '../../../src/cli/options.ts'

/** A playbook that ansible-playbook and Sallyport both run on "hosts" that are this machine. */
export interface PlaybookCase {
  readonly name: string
  readonly play: string
  /** Inventory names; `h1` when left out. */
  readonly hosts?: readonly string[]
  /** Other files beside the playbook, by their paths. */
  readonly files?: Readonly<Record<string, string>>
  readonly args?: CaseArguments
  /** Why Sallyport answers otherwise on purpose, and what: README's table of differences has it too. */
  readonly difference?: { readonly why: string; readonly answer: Partial<Answer> }
}

export type CaseArguments = Pick<
  PlayOptions,
  'tags' | 'skipTags' | 'forceHandlers' | 'extraVars' | 'limit' | 'startAtTask'
>

/** What came of a run. */
export interface Answer {
  /** True when nothing was run because the playbook was refused. */
  readonly refused: boolean
  readonly code: number
  /** By host: `ok=2 changed=1`, what is 0 left out. */
  readonly recap: Readonly<Record<string, string>>
  /** By host: `name outcome`, in the order in which the tasks ran; debug tasks with what they say. */
  readonly tasks: Readonly<Record<string, readonly string[]>>
}

/** Answers are kept under this: of a case that changed the old answer counts no more. */
export function keyOf({ play, hosts, files, args }: PlaybookCase): string {
  return createHash('sha256')
    .update(JSON.stringify([play, hosts, files, args]))
    .digest('hex')
    .slice(0, 16)
}

export function hostsOf({ hosts }: PlaybookCase): readonly string[] {
  return hosts ?? ['h1']
}

/** A play over all hosts without facts; `tasks` indented as a list at the left margin. */
export function play(tasks: string, keywords = ''): string {
  const indented = tasks.replace(/^(?=.)/gm, '    ')
  return `- hosts: all\n  gather_facts: false\n${keywords.replace(/^(?=.)/gm, '  ')}${keywords === '' ? '' : '\n'}  tasks:\n${indented}\n`
}
