const day = Math.floor(Date.now() / 86_400_000)

/**
 * What of a long list is tried now: all of it; or where time is short, as in CI, with `TURNS=4` a fourth of it, and
 * another fourth every day. A list shorter than that is shared out over as many days as it is long, or over `atMost`.
 */
export function inTurn<T>(all: readonly T[], atMost = all.length): readonly T[] {
  const turns = Math.max(1, Math.min(Number(process.env['TURNS'] ?? 1), all.length, atMost))
  return all.filter((_, index) => index % turns === day % turns)
}

/** The same of cases for which ansible-core is asked anew, which takes it seconds for each; says how many. */
export function askedAgain<T>(cases: readonly T[]): readonly T[] {
  const some = inTurn(cases)
  console.log(`      asks again: ${some.length} of ${cases.length}`)
  return some
}
