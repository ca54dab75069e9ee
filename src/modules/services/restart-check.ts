import { nothing, type Script, sh } from '../../shell/script.ts'
import { command } from '../paths/validate.ts'
import type { ServiceWish } from './wish.ts'

export const restartCheck = () =>
  command()
    .optional()
    .describe('Command that looks at its configuration. Where it fails, nothing is (re)started. No shell reads it.')

export const checks = (state: ServiceWish['state']): boolean => state === 'started' || state === 'restarted'
export const noCheck = 'restart_check needs `state: started` or `restarted`'

/** A service that runs by an old configuration is better than one that has read a broken new one. */
export function checkScript({ name = '', restartCheck: words }: ServiceWish): Script {
  if (words === undefined) return nothing
  return sh`_err=$(${[...words]} 2>&1) || {
  printf '%s\\n' ${`${name} does not take its configuration, so it was left as it is`} "$_err" >&2
  exit 1
}`
}
