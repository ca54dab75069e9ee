/** A job or variable of a crontab, as Ansible marks it. */
export interface CronWish {
  readonly name: string
  readonly state: 'present' | 'absent'
  readonly env: boolean
  /** The job's whole line, or the variable's value. */
  readonly line: string
  readonly insertafter?: string | undefined
  readonly insertbefore?: string | undefined
}

const mark = '#Ansible: '

export const crontabLines = (text: string): string[] => {
  const lines = text.split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

export const jobNames = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : []))

export const variableNames = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => (/^\S+=/.test(line) ? [line.slice(0, line.indexOf('='))] : []))

/** The crontab with the entry put in, changed or taken out; undefined where it stays. Throws Error where it cannot be. */
export function editCrontab(wish: CronWish, before: string): string | undefined {
  const lines = crontabLines(before)
  const after = wish.env ? editVariable(wish, lines) : editJob(wish, lines)
  // cron ignores a last line that does not end.
  const open = before !== '' && !/[\r\n]$/.test(before)
  if (after === undefined && !open) return undefined
  const text = (after ?? lines).join('\n').replace(/[\r\n]+$/, '')
  return text === '' ? '' : `${text}\n`
}

function editVariable(
  { name, state, line, insertafter, insertbefore }: CronWish,
  lines: string[],
): string[] | undefined {
  const wished = `${name}="${line}"`
  const isIt = (one: string, of = name) => one.startsWith(`${of}=`)
  const present = lines.find((one) => isIt(one))
  if (state === 'absent') return present === undefined ? undefined : lines.filter((one) => !isIt(one))
  if (present !== undefined) return present === wished ? undefined : lines.map((one) => (isIt(one) ? wished : one))
  const beside = insertafter ?? insertbefore
  if (beside === undefined) return [wished, ...lines]
  const at = lines.findIndex((one) => isIt(one, beside))
  if (at < 0) throw new Error(`the crontab has no variable ${beside}`)
  return lines.toSpliced(insertafter === undefined ? at : at + 1, 0, wished)
}

function editJob({ name, state, line }: CronWish, lines: string[]): string[] | undefined {
  const comment = `${mark}${name}`
  const marked = markedJob(lines, name)
  if (state === 'absent') return marked === undefined ? undefined : withoutOrWith(lines, comment, undefined)
  if (marked === line) return undefined
  if (marked !== undefined) return withoutOrWith(lines, comment, line)
  // The same line without a mark, or with an empty one, gets the name.
  const at = lines.indexOf(line)
  if (at < 0) return [...lines, comment, line]
  if (!lines.at(at - 1)?.startsWith(mark)) return lines.toSpliced(at, 0, comment)
  return lines[at - 1] === `${mark}None` ? lines.with(at - 1, comment) : [...lines, comment, line]
}

/** The line behind the mark; a mark as the very last line has none. */
function markedJob(lines: readonly string[], name: string): string | undefined {
  for (let at = 0; at < lines.length; at += 1) {
    const one = lines[at] ?? ''
    if (!one.startsWith(mark)) continue
    if (one.slice(mark.length) === name && at + 1 < lines.length) return lines[at + 1]
    at += 1
  }
  return undefined
}

/** Every entry with this mark replaced, or taken out. */
function withoutOrWith(lines: readonly string[], comment: string, line: string | undefined): string[] {
  const result: string[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const one = lines[at] ?? ''
    if (one !== comment) result.push(one)
    else {
      if (line !== undefined && at + 1 < lines.length) result.push(comment, line)
      at += 1
    }
  }
  return result
}
