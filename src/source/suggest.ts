/**
 * The candidate that `name` is most probably a slip of: at most one slip in a short name, two in a longer one, three
 * in a long one. A swap of neighbours is one slip; differences of case and of `-` against `_` hardly count.
 */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of candidates) {
    if (candidate === name) continue
    const limit = Math.min(tolerance(name), tolerance(candidate))
    if (Math.abs(candidate.length - name.length) > limit) continue
    const distance = normalized(name) === normalized(candidate) ? 0.5 : editDistance(name, candidate)
    if (distance <= limit && distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function tolerance(name: string): number {
  if (name.length < 3) return 0
  return name.length <= 5 ? 1 : name.length <= 10 ? 2 : 3
}

function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '')
}

/** Insertions, deletions, substitutions and swaps of neighbours that separate two words. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0
}
