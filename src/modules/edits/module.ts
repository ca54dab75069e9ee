import type { Mapping } from '../../source/value.ts'
import type { StateModule } from '../define.ts'
import {
  type EditState,
  type EditWish,
  type Editor,
  editResult,
  editStep,
  overlayEdit,
  parseEdit,
  planEdit,
  probeEdit,
  repeats,
} from './edited-file.ts'

type Parts<Wish extends EditWish> = Pick<
  StateModule<never, Wish, EditState>,
  'probe' | 'parse' | 'overlay' | 'plan' | 'apply' | 'everyTime' | 'result'
>

/** All of a module that edits one file, from what it makes of the file's content. */
export function editing<Wish extends EditWish>(
  edit: (wish: Wish) => Editor,
  more: (wish: Wish, result: Mapping) => Mapping = (_wish, result) => result,
): Parts<Wish> {
  return {
    probe: probeEdit,
    parse: parseEdit,
    overlay: overlayEdit,
    plan: (wish, state) => planEdit(wish, state, edit(wish)),
    apply: (wish, state) => editStep(wish, state, edit(wish)).apply(),
    everyTime: (wish, before) => repeats(before, edit(wish)),
    result: (wish, state, before) => more(wish, editResult(wish, state, edit(wish), before)),
  }
}
