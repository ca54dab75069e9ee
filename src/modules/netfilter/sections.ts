import { type Script, sh } from '../../shell/script.ts'

/**
 * A probe's output in named parts: `@name attributes` begins one, `|` begins each line of its text. Whatever
 * else a host prints in between is not ours and is left out.
 */
export interface Section {
  readonly attributes: readonly string[]
  readonly lines: readonly string[]
}

export type Sections = ReadonlyMap<string, Section>

/** Shell functions for probes: `show NAME [ATTRIBUTE…]` makes a section of its standard input. */
export const sectionHelpers: Script = sh`has() { command -v "$1" >/dev/null 2>&1; }
show() {
  printf '@%s\\n' "$*"
  sed 's/^/|/'
  echo
}
yes() { printf '@%s yes\\n' "$1"; }`

export function readSections(output: string): Sections {
  const sections = new Map<string, { attributes: string[]; lines: string[] }>()
  let current: { attributes: string[]; lines: string[] } | undefined
  for (const line of output.split('\n')) {
    if (line.startsWith('@')) {
      const [name = '', ...attributes] = line.slice(1).split(' ')
      current = { attributes, lines: [] }
      sections.set(name, current)
    } else if (line.startsWith('|')) current?.lines.push(line.slice(1))
  }
  return sections
}

export const linesOf = (sections: Sections, name: string): readonly string[] => sections.get(name)?.lines ?? []

export const said = (sections: Sections, name: string): boolean => sections.get(name)?.attributes[0] === 'yes'
