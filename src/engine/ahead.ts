import { isForAnother } from './among-hosts.ts'
import { isProbed } from './host-loop.ts'
import type { HostRun } from './host-run.ts'
import type { Entry } from './host-tasks.ts'
import { isLater, isUnit, type Unit } from './unit.ts'

/**
 * The units behind `unit` that an exchange may carry along: those of tasks that can be rendered now, up to and
 * including the first that `goOn` does not let pass. Includes whose names are known are followed.
 */
export async function unitsAhead(
  run: HostRun,
  entry: Entry,
  unit: Unit,
  goOn: (run: HostRun, unit: Unit) => boolean | Promise<boolean> = () => true,
): Promise<Unit[]> {
  const ahead: Unit[] = []
  const own = entry.prepared?.kind === 'units' ? entry.prepared.units : []
  const rest = own.slice(own.indexOf(unit) + 1).filter(isUnit)
  for (const other of rest) {
    if (isProbed(other)) ahead.push(other)
    if (!(await goOn(run, other))) return ahead
  }
  for (const next of run.itinerary.ahead()) {
    if (isForAnother(run, next)) continue
    const prepared = await run.prepareEarly(next)
    if (prepared?.kind !== 'units') continue
    if (next.task.include) await follow(run, next)
    for (const other of prepared.units.filter(isUnit)) {
      if (isProbed(other)) ahead.push(other)
      if (!(await goOn(run, other))) return ahead
    }
  }
  return ahead
}

/** What is wrong with an include is told in its own turn, which may never come. */
async function follow(run: HostRun, entry: Entry): Promise<void> {
  try {
    const { prepared } = entry
    if (prepared?.kind !== 'units' || prepared.units.some(isLater)) return
    await run.tasks.include(entry, prepared)
  } catch {
    return
  }
}
