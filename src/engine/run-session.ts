import { resolve } from 'node:path'
import type { HostSession, SessionModule, StepResult } from '../modules/define.ts'
import { plainText } from '../source/value.ts'
import type { Script } from '../shell/script.ts'
import type { Step } from '../shell/protocol.ts'
import type { Entry } from './host-tasks.ts'
import type { HostRun } from './host-run.ts'
import type { Outcome } from './outcome.ts'
import { outcomeOf } from './run-action.ts'
import type { Unit } from './unit.ts'

/** A module that talks with its host in several exchanges (`fetch`, `reboot`). */
export async function runSession(run: HostRun, entry: Entry, unit: Unit, module: SessionModule): Promise<Outcome> {
  if (unit.check && !module.inCheck)
    return { kind: 'skipped', message: `${module.name} does not run in a check`, result: {}, known: 'announced' }
  if (!module.readOnly && !unit.check) await run.turn(entry)
  const report = await module.run(unit.wish, hostSession(run, entry, unit))
  for (const proof of report.proofs ?? []) run.report.proof(proof)
  return outcomeOf(report)
}

function hostSession(run: HostRun, entry: Entry, unit: Unit): HostSession {
  const link = run.link(unit)
  const step = (script: Script, mutates: boolean, timeout: number | undefined): Step => {
    const limit = timeout ?? unit.timeout
    return {
      script,
      mutates,
      environment: unit.environment,
      owner: unit.at,
      ...(limit !== undefined && { timeout: limit }),
    }
  }
  return {
    check: unit.check,
    name: unit.host.name,
    local: unit.target.kind === 'local',
    address: unit.target.kind !== 'local' && unit.target.jumps.length === 0 ? unit.target.host : undefined,
    async look(script, timeout) {
      const { results } = await link.look(unit, [step(script, false, timeout)])
      return results[0] as StepResult
    },
    async change(script, timeout) {
      for (;;) {
        const seen = await link.change(unit, [step(script, true, timeout)], [])
        if (seen) return seen.results[0] as StepResult
      }
    },
    forward: (host, port) => link.forward(unit, host, port),
    disconnect: (connectTimeout) => link.drop(unit, connectTimeout),
    sleep: (seconds) => run.sleep(seconds),
    localPath: (path) => resolve(plainText(unit.scope.get('playbook_dir') ?? ''), path),
    warn: (message) => run.report.warn(entry, message),
  }
}
