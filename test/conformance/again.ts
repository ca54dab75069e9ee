/**
 * The cases for which ansible-core is asked anew. All of them; where time is short, as in CI, `ASK_AGAIN=5` asks for
 * every fifth, and for another fifth each day: one playbook takes ansible-core two seconds of computing.
 */
export function askedAgain<T>(cases: readonly T[]): readonly T[] {
  const share = Number(process.env['ASK_AGAIN'] ?? 1)
  const today = Math.floor(Date.now() / 86_400_000) % share
  const some = cases.filter((_, index) => index % share === today)
  console.log(`      asks again: ${some.length} of ${cases.length}`)
  return some
}
