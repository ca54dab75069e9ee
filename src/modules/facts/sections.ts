import { lines, Script } from '../../shell/script.ts'

/**
 * A probe of many small questions prints a line `@@ NAME` before each answer. Answers are lines of tools and files
 * of the system; what users can put line breaks into (the environment) is printed with them replaced.
 */
export type Sections = ReadonlyMap<string, readonly string[]>

/** One named question per entry; a command that fails answers nothing. */
export function ask(questions: Readonly<Record<string, string>>): Script {
  const asked = Object.entries(questions).map(([name, command]) => new Script(`echo '@@ ${name}'\n${command}`))
  return lines(new Script('{ :'), ...asked, new Script('} 2>/dev/null'))
}

export function readSections(output: string): Sections {
  const sections = new Map<string, string[]>()
  let current: string[] = []
  for (const line of output.split('\n')) {
    const name = /^@@ (\S+)$/.exec(line)?.[1]
    if (name === undefined) current.push(line)
    else {
      current = []
      sections.set(name, current)
    }
  }
  for (const section of sections.values()) while (section.at(-1) === '') section.pop()
  return sections
}

export function first(sections: Sections, name: string): string {
  return sections.get(name)?.[0]?.trim() ?? ''
}

/** `KEY=value` or `KEY="value"` lines, as in os-release. */
export function assignments(rows: readonly string[] | undefined): Readonly<Record<string, string>> {
  const pairs = (rows ?? []).flatMap((row) => {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(row)
    if (!match) return []
    const [, name = '', value = ''] = match
    return [[name, /^(["']).*\1$/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value] as const]
  })
  return Object.fromEntries(pairs)
}
