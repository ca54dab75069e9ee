import { LabUnavailable, up, type HostSpec, type Lab, type LabOptions } from './lab.ts'

/**
 * Boots a lab for a mocha suite or test. Where this machine cannot carry one the test is skipped, visibly and with the
 * reason; with CI=true it fails, as a suite that skips its hosts there would prove nothing and still be green.
 * Boots take seconds, building a base the first time a minute: the time limit is raised accordingly.
 */
export async function labOrSkip(this: Mocha.Context, specs: readonly HostSpec[], options?: LabOptions): Promise<Lab> {
  this.timeout(15 * 60_000)
  try {
    return await up(specs, options)
  } catch (error) {
    if (!(error instanceof LabUnavailable) || process.env['CI'] === 'true') throw error
    process.stderr.write(`skipped: ${error.message}\n`)
    return this.skip()
  }
}
