/** Ports from..to, both included; one port is a range of one. */
export interface PortRange {
  readonly from: number
  readonly to: number
}

/** `80`, `8000:8100` or `8000-8100`; undefined when it is neither or runs backwards. */
export function parsePorts(text: string): PortRange | undefined {
  const match = /^\s*(\d{1,5})(?:\s*[:-]\s*(\d{1,5}))?\s*$/.exec(text)
  if (!match) return undefined
  const from = Number(match[1])
  const to = match[2] === undefined ? from : Number(match[2])
  return from >= 1 && to <= 65535 && from <= to ? { from, to } : undefined
}

/** In order, with overlaps joined: the same wish written in another order is the same rules. */
export function mergePorts(ranges: readonly PortRange[]): PortRange[] {
  const merged: PortRange[] = []
  for (const range of [...ranges].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = merged.at(-1)
    if (last && range.from <= last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    else merged.push(range)
  }
  return merged
}

export function covers(ranges: readonly PortRange[], wanted: PortRange): boolean {
  return mergePorts(ranges).some((range) => range.from <= wanted.from && wanted.to <= range.to)
}

/** Groups that one `multiport` match can hold: 15 ports, of which a range takes two. */
export function multiportGroups(ranges: readonly PortRange[]): PortRange[][] {
  const groups: PortRange[][] = []
  let room = 0
  for (const range of ranges) {
    const size = range.from === range.to ? 1 : 2
    if (size > room) {
      groups.push([])
      room = 15
    }
    groups.at(-1)?.push(range)
    room -= size
  }
  return groups
}

export function portText(range: PortRange, separator = ':'): string {
  return range.from === range.to ? String(range.from) : `${range.from}${separator}${range.to}`
}
