import type { Script } from '../../shell/script.ts'
import { lines, sh } from '../../shell/script.ts'
import type { Mapping } from '../../source/value.ts'
import type { Apply, Plan } from '../define.ts'
import type { Effects } from '../effects.ts'
import type { Attributes } from './arguments.ts'
import { directoryStep } from './directory.ts'
import { linkStep } from './link.ts'
import { existingParent, type Look, lookFunctions, lookScript, parseLook } from './look.ts'
import { overlayLook } from './overlay.ts'
import { accountFunctions, type Accounts, accountsScript, overlayAccounts, parseAccounts } from './ownership.ts'
import { parseRecords } from './record.ts'
import { inSequence, type Step } from './step.ts'
import {
  fileResult,
  fileStep,
  type FileState,
  type FileWish,
  lookAtFile,
  overlayFile,
  parseFile,
} from './written-file.ts'
import { writePrelude } from './write.ts'

/** Files, and the directories and links around them, all of one owner: what one task writes. */
export interface TreeWish {
  /** The task's own words, for its result. */
  readonly dest: string
  readonly src?: string | undefined
  readonly attributes: Pick<Attributes, 'owner' | 'group'>
  /** Outermost first; made before the files. */
  readonly directories: readonly { readonly path: string; readonly mode?: string | undefined }[]
  readonly files: readonly FileWish[]
  readonly links: readonly { readonly path: string; readonly src: string }[]
}

export interface TreeState {
  readonly directories: readonly Look[]
  readonly files: readonly FileState[]
  readonly links: readonly Look[]
  readonly accounts: Accounts
}

export const oneFile = (file: FileWish, src?: string): TreeWish => ({
  dest: file.dest,
  src,
  attributes: { owner: file.owner, group: file.group },
  directories: [],
  files: [file],
  links: [],
})

export function probeTree({ attributes, directories, files, links }: TreeWish): Script {
  const single = directories.length + files.length + links.length === 1
  return lines(
    lookFunctions,
    accountFunctions,
    ...directories.map(({ path }, key) => lookScript({ record: `directory ${key}`, path, follow: true })),
    ...files.map(lookAtFile),
    ...links.map(({ path }, key) => lookScript({ record: `link ${key}`, path })),
    ...(single ? [] : [sh`u='' g=''`]),
    accountsScript(attributes),
  )
}

export function parseTree(output: string, { attributes, directories, files, links }: TreeWish): TreeState {
  const records = parseRecords(output)
  return {
    directories: directories.map(({ path }, key) => parseLook(records.get(`directory ${key}`), path)),
    files: files.map((file, key) => parseFile(records, file, key)),
    links: links.map(({ path }, key) => parseLook(records.get(`link ${key}`), path)),
    accounts: parseAccounts(records.get('accounts'), attributes),
  }
}

export function overlayTree(state: TreeState, effects: Effects, { attributes, files }: TreeWish): TreeState {
  return {
    directories: state.directories.map((look) => overlayLook(look, effects)),
    files: zip(files, state.files).map(([file, found]) => overlayFile(found, effects, file)),
    links: state.links.map((look) => overlayLook(look, effects)),
    accounts: overlayAccounts(state.accounts, effects, attributes),
  }
}

function treeStep(wish: TreeWish, { accounts, ...state }: TreeState): Step {
  const { owner, group } = wish.attributes
  const many = wish.files.length > 1 || wish.directories.length > 0
  return inSequence([
    ...zip(wish.directories, state.directories).map(
      ([{ mode }, look]) =>
        (earlier: Effects) =>
          directoryStep({ mode, owner, group }, overlayLook(look, earlier), accounts),
    ),
    ...zip(wish.files, state.files).map(
      ([file, found]) =>
        (earlier: Effects) =>
          named(
            many,
            fileStep(file, overlayFile(found, earlier, file), accounts, existingParent(found.look)),
            file.dest,
          ),
    ),
    ...zip(wish.links, state.links).map(
      ([{ src }, look]) =>
        (earlier: Effects) =>
          linkStep({ src, force: true, follow: false, owner, group }, overlayLook(look, earlier), undefined, accounts),
    ),
  ])
}

/** Where a task writes many files, each change says which one it is about. */
function named(many: boolean, step: Step, path: string): Step {
  if (!many) return step
  const changes = step.plan.changes.map((change) => ({ ...change, what: `${path}: ${change.what}` }))
  return { ...step, plan: { ...step.plan, changes } }
}

export const planTree = (wish: TreeWish, state: TreeState): Plan => treeStep(wish, state).plan

export function applyTree(wish: TreeWish, state: TreeState): Apply {
  const { script, uploads = [] } = treeStep(wish, state).apply()
  return { script: lines(writePrelude(uploads), script), uploads }
}

/** The fields of the one file; of a whole tree only where it went. */
export function treeResult({ dest, src, ...wish }: TreeWish, state: TreeState, before?: TreeState): Mapping {
  const from = src === undefined ? {} : { src }
  const [file, ...others] = wish.files
  const [found] = state.files
  if (!file || !found || others.length > 0 || wish.directories.length > 0) return { ...from, dest }
  return { ...from, ...fileResult(file, found, before?.files[0]) }
}

function zip<A, B>(wishes: readonly A[], states: readonly B[]): (readonly [A, B])[] {
  return wishes.flatMap((wish, index) => {
    const state = states[index]
    return state === undefined ? [] : [[wish, state] as const]
  })
}
