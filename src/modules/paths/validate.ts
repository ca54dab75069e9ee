import { z } from 'zod'
import { text } from '../args.ts'
import { lines, type Script, sh } from '../../shell/script.ts'

/** A command as its words: no shell reads it. */
export const command = () => text().transform(asWords)

function asWords(value: string, context: z.RefinementCtx): readonly string[] {
  const words = splitWords(value)
  if (words) return words
  context.addIssue({ code: 'custom', message: 'has a quote that does not end' })
  return z.NEVER
}

/** A command that is asked about the new file before it replaces the old one; `%s` stands for the new file's path. */
export const validateArgument = () =>
  text()
    .refine((value) => /(^|[^%])(%%)*%s/.test(value), 'must contain %s, which stands for the path of the new file')
    .transform(asWords)
    .describe('Command that checks the new file before it replaces the old one; %s is its path. No shell reads it.')

/** The words of a command line as a shell would read them, without expansions; undefined when a quote stays open. */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at)
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char === "'" || char === '"') {
      let end = at + 1
      for (; end < line.length && line[end] !== char; end += 1) {
        if (char === '"' && line[end] === '\\' && /["\\]/.test(line[end + 1] ?? '')) end += 1
        word = (word ?? '') + line.charAt(end)
      }
      if (end >= line.length) return undefined
      word ??= ''
      at = end
    } else {
      if (char === '\\') at += 1
      if (at >= line.length) return undefined
      word = (word ?? '') + line.charAt(at)
    }
  }
  return word === undefined ? words : [...words, word]
}

/** Ends the script with the validator's own words when it says no. */
export function validateScript(words: readonly string[], path: string): Script {
  const command = words.map((word) =>
    word.replace(/%(.)/g, (all, char: string) => (char === 's' ? path : char === '%' ? '%' : all)),
  )
  return lines(
    sh`if ! out=$(${command} 2>&1); then`,
    sh`  printf 'validation failed (%s): %s\\n' ${words.join(' ')} "$out" >&2`,
    sh`  exit 1`,
    sh`fi`,
  )
}
