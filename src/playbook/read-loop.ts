import { UserError } from '../errors.ts'
import { contentAt } from '../source/locate.ts'
import { get, keyText, toValue, type Entry, type MappingNode } from '../source/node.ts'
import { checkLookup } from '../template/known-names.ts'
import type { Loop } from './playbook.ts'
import { templated } from './templated.ts'

const prefix = 'with_'

/** `with_…` is a loop over what the lookup of that name gives. */
export function isLoopKeyword(key: string): boolean {
  return key.startsWith(prefix)
}

/** A task's loop: `loop`, or one `with_LOOKUP`, and its `loop_control`. Throws UserError for a lookup nobody knows. */
export function readLoop(node: MappingNode): Loop | undefined {
  const [first, second] = node.entries.filter(({ key }) => keyText(key) === 'loop' || isLoopKeyword(keyText(key)))
  if (!first) return undefined
  if (second) {
    throw new UserError(`a task has one loop, not both \`${keyText(first.key)}\` and \`${keyText(second.key)}\``, {
      at: second.key.at,
    })
  }
  const control = get(node, 'loop_control')
  const part = (keyword: string) => (control?.kind === 'mapping' ? templated(control, keyword) : undefined)
  const variable = part('loop_var')?.value
  const indexVariable = part('index_var')?.value
  return {
    lookup: lookupOf(first),
    over: { value: toValue(first.value), at: contentAt(first.value) },
    variable: typeof variable === 'string' ? variable : 'item',
    indexVariable: typeof indexVariable === 'string' ? indexVariable : undefined,
    label: part('label'),
    pause: part('pause'),
    extended: part('extended'),
    extendedAllItems: part('extended_allitems'),
  }
}

function lookupOf({ key }: Entry): string | undefined {
  const keyword = keyText(key)
  if (keyword === 'loop') return undefined
  const name = keyword.slice(prefix.length)
  checkLookup(name, key.at)
  return name
}
