import type { Prepared } from './ask.ts'

export interface PatternCase {
  readonly prepared: Prepared
  readonly pattern: string
  readonly ours: unknown
  readonly theirs: unknown
}

/** Where selecting hosts differs on purpose; the README lists each with its reason. */
export const differences: readonly { readonly why: string; applies(found: PatternCase): boolean }[] = [
  {
    why: 'a name that is neither a host nor a group is a mistake here, and a warning in Ansible',
    applies: ({ ours, theirs }) => ours === 'error' && Array.isArray(theirs),
  },
]
