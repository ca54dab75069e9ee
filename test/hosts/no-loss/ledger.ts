/** What arrived of numbered events: how often each number of each host. */
export class Ledger {
  readonly #counts = new Map<string, Map<number, number>>()

  add(host: string, number: number): void {
    const counts = this.#counts.get(host) ?? new Map<number, number>()
    this.#counts.set(host, counts.set(number, (counts.get(number) ?? 0) + 1))
  }

  /** The numbers from 1 to `last` that never came. */
  missing(host: string, last: number): readonly number[] {
    const counts = this.#counts.get(host)
    return Array.from({ length: last }, (_, index) => index + 1).filter((number) => !counts?.has(number))
  }

  has(host: string, number: number): boolean {
    return this.#counts.get(host)?.has(number) ?? false
  }

  /** The numbers that came more than once. */
  repeated(host: string): readonly number[] {
    const counts = [...(this.#counts.get(host) ?? [])]
    return counts.flatMap(([number, count]) => (count > 1 ? [number] : [])).toSorted((a, b) => a - b)
  }
}

/** The first and the last of each run of numbers that follow one another. */
export function runsOf(numbers: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = []
  for (const number of numbers) {
    const last = runs.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else runs.push([number, number])
  }
  return runs
}

/** `12: 1-5 9-15`: how many numbers, and which. */
export function rangesOf(numbers: readonly number[]): string {
  const texts = runsOf(numbers).map(([from, to]) => (from === to ? String(from) : `${from}-${to}`))
  const shown = texts.length > 8 ? [...texts.slice(0, 8), '…'] : texts
  return [`${numbers.length}${numbers.length > 0 ? ':' : ''}`, ...shown].join(' ')
}
