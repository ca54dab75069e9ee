import type { Diff } from '../modules/define.ts'
import { MASK, type Redactor } from '../variables/redaction.ts'

/**
 * A diff with every secret masked, also those that this run does not know: where the new text has a secret, the old one
 * has its predecessor, such as the key that is being replaced.
 */
export function maskedDiff({ name, before, after }: Diff, redactor: Redactor): Diff {
  const shown = redactor.redact(after)
  return { name, before: maskPredecessors(redactor.redact(before), shown), after: shown }
}

/** Masks in `before` what stands between the same words as a mask in `after`. */
function maskPredecessors(before: string, after: string): string {
  if (before === '') return before // a new file replaces nothing
  let text = before
  for (const line of after.split('\n')) {
    for (let at = line.indexOf(MASK); at !== -1; at = line.indexOf(MASK, at + MASK.length)) {
      const left = wordBefore(line.slice(0, at))
      const right = line.charAt(at + MASK.length)
      // Nothing tells which line of the old text was the secret.
      if (left.trim() === '' && right.trim() === '') return MASK
      if (left.trim() !== '') text = maskBetween(text, left, right.trim())
    }
  }
  return text
}

/** The word that a secret follows (`key="`), or all of the line before it where that says too little. */
function wordBefore(line: string): string {
  const word = /\S*$/.exec(line)?.[0] ?? ''
  return word.length >= 3 ? word : line
}

/** Masks what follows `left` on its line up to `right`, or to the end of the line where that is empty. */
function maskBetween(text: string, left: string, right: string): string {
  let masked = ''
  let from = 0
  for (let at = text.indexOf(left); at !== -1; at = text.indexOf(left, from)) {
    const start = at + left.length
    const lineEnd = text.indexOf('\n', start) === -1 ? text.length : text.indexOf('\n', start)
    const end = right === '' ? lineEnd : text.indexOf(right, start)
    const found = end > start && end <= lineEnd
    masked += text.slice(from, start) + (found ? MASK : '')
    from = found ? end : start
  }
  return masked + text.slice(from)
}
