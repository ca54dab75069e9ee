import { Script } from '../../shell/script.ts'

/**
 * How a probe of paths prints what it found: `record NAME` begins a record, `KEY VALUE` is a field, `KEY` alone a
 * flag. A field that may hold any text has it on the lines after its key, each behind a `|`, and a `.` ends it; an
 * empty line before the dot says that the text ended with a newline.
 */
export type Fields = ReadonlyMap<string, string>

/** `say KEY TEXT` and `say_file KEY PATH` print a field with any text. */
export const sayFunctions = new Script(
  `say() { printf '%s\\n' "$1"; printf %s "$2" | sed 's/^/|/'; printf '\\n.\\n'; }
say_file() { printf '%s\\n' "$1"; sed 's/^/|/' "$2"; printf '\\n.\\n'; }`,
)

export function parseRecords(output: string): ReadonlyMap<string, Fields> {
  const records = new Map<string, Map<string, string>>()
  let fields = new Map<string, string>()
  let key = ''
  let text: string[] = []
  for (const line of output.split('\n')) {
    if (line.startsWith('|')) text.push(line.slice(1))
    else if (line === '') text.push('')
    else if (line === '.') {
      fields.set(key, text.join('\n'))
      text = []
    } else {
      const space = line.indexOf(' ')
      key = space < 0 ? line : line.slice(0, space)
      const value = space < 0 ? '' : line.slice(space + 1)
      text = []
      if (key === 'record') {
        fields = new Map<string, string>()
        records.set(value, fields)
      } else fields.set(key, value)
    }
  }
  return records
}
