import { execFileSync } from 'node:child_process'

/** Skips a test where strace is missing, visibly; with CI=true the test then fails. */
export function straceOrSkip(test: Mocha.Context): void {
  if (hasStrace() || process.env['CI'] === 'true') return
  process.stderr.write('skipped: strace is not installed\n')
  test.skip()
}

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
