import { text } from '../args.ts'

/**
 * Names of units and init scripts. Globs would act on several units at once, a leading dash would be an option,
 * and the name becomes a file name under /run.
 */
export const unitName = () =>
  text().superRefine((name, context) => {
    const glob = /[*?[]/.exec(name)?.[0]
    if (glob !== undefined) {
      context.addIssue(`glob patterns are not supported, found '${glob}' in service name: ${name}`)
    } else if (!/^[A-Za-z0-9_@][A-Za-z0-9:_.\\@-]*$/.test(name)) {
      context.addIssue(`'${name}' is not the name of a service`)
    }
  })

/** A path that can stand in a line of a stamp. */
export const watchedPath = () =>
  text()
    .refine((path) => path.startsWith('/'), 'must be an absolute path')
    .refine((path) => !/[\n\t]/.test(path), 'must not hold tabs or line breaks')

/** `rsyslog.service` and `rsyslog` are the same; sockets and timers keep their ending. */
export function shortName(unit: string): string {
  return unit.endsWith('.service') ? unit.slice(0, -'.service'.length) : unit
}
