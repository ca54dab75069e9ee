/**
 * A probe's output in named parts: `@name attributes` begins one, and the lines after it are its text. What a host
 * prints before the first is not ours.
 */
export interface Section {
  readonly attributes: readonly string[]
  readonly lines: readonly string[]
}

export type Sections = ReadonlyMap<string, Section>

export function readSections(output: string): Sections {
  const sections = new Map<string, { attributes: string[]; lines: string[] }>()
  let current: { attributes: string[]; lines: string[] } | undefined
  for (const line of output.split('\n')) {
    if (line.startsWith('@')) {
      const [name = '', ...attributes] = line.slice(1).split(' ')
      current = { attributes, lines: [] }
      sections.set(name, current)
    } else current?.lines.push(line)
  }
  return sections
}

/** Its lines but for empty ones. */
export const linesOf = (sections: Sections, name: string): readonly string[] =>
  sections.get(name)?.lines.filter((line) => line !== '') ?? []

/** The section is there: what it asks holds. */
export const said = (sections: Sections, name: string): boolean => sections.has(name)
