import { isMapping, type Mapping, plainText, type Value } from '../../../src/source/value.ts'
import type { Answer } from './stage.ts'
import type { Trial } from './trial.ts'

/** Other on every run or every machine, or about the running of the module rather than its answer. */
const volatile = new Set(
  'inode dev atime mtime ctime blocks version delta start end invocation warnings diff ansible_facts_cacheable elapsed'.split(
    ' ',
  ),
)

/** Where the two differ, in words; empty: they agree. A failure's words are each program's own. */
export function differences(trial: Trial, ours: Answer, theirs: Answer): readonly string[] {
  const except = new Set([...volatile, ...(trial.except ?? [])])
  const one = asMapping(ours.result)
  const other = asMapping(theirs.result)
  const verdict = (result: Mapping) => `failed ${result['failed'] === true}, changed ${result['changed'] === true}`
  if (verdict(one) !== verdict(other)) {
    const words = [one['msg'], other['msg']].map((msg) => JSON.stringify(msg))
    return [`${verdict(one)} here (${words[0]}), ${verdict(other)} there (${words[1]})`]
  }
  const left = ours.outcome === theirs.outcome ? [] : [`left behind here\n${ours.outcome}\nthere\n${theirs.outcome}`]
  return one['failed'] === true ? left : [...left, ...unequal('', one, other, except)]
}

const asMapping = (value: Value): Mapping => (isMapping(value) ? value : {})

function unequal(
  path: string,
  ours: Value | undefined,
  theirs: Value | undefined,
  except: ReadonlySet<string>,
): string[] {
  if (isMapping(ours ?? null) && isMapping(theirs ?? null)) {
    const [one, other] = [ours as Mapping, theirs as Mapping]
    return (
      [...new Set([...Object.keys(one), ...Object.keys(other)])]
        // A directory's size is its file system's affair.
        .filter((name) => !(one['isdir'] === true && (name === 'size' || name === 'nlink')))
        .filter((name) => !except.has(name) && !name.startsWith('_ansible'))
        .flatMap((name) => unequal(`${path}.${name}`, one[name], other[name], except))
    )
  }
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length) {
    const others = byPath(theirs as Value[])
    return byPath(ours as Value[]).flatMap((item, index) => unequal(`${path}[${index}]`, item, others[index], except))
  }
  return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [`${path}: ${shown(ours)} here, ${shown(theirs)} there`]
}

/** Files come in the order of the directory there, in that of their names here. */
function byPath(list: readonly Value[]): readonly Value[] {
  const path = (item: Value): string => (isMapping(item) ? plainText(item['path'] ?? '') : '')
  return list.every((item) => path(item) !== '') ? [...list].sort((a, b) => (path(a) < path(b) ? -1 : 1)) : list
}

const shown = (value: Value | undefined): string => (JSON.stringify(value) ?? 'missing').slice(0, 400)

/** An answer without what is other on every run. */
export function lasting({ result, outcome }: Answer): Answer {
  const prune = (value: Value): Value => {
    if (Array.isArray(value)) return (value as Value[]).map(prune)
    if (!isMapping(value)) return value
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, inner]) => (volatile.has(name) ? [] : [[name, prune(inner)]])),
    )
  }
  return { result: prune(result), outcome }
}
