import type { Writable } from 'node:stream'
import { createLineWriter } from './line-writer.ts'
import { printableJson } from './printable.ts'
import type { HostStats, Reporter, RunEvent, TaskEvent } from './events.ts'

type RecapEvent = Extract<RunEvent, { readonly event: 'recap' }>

/** One JSON object per line and nothing else; the recap is the last, whatever comes after it. */
export function createJsonlReporter(stdout: Writable, options: { readonly diff: boolean }): Reporter {
  const writer = createLineWriter(stdout)
  let recap: RecapEvent | undefined
  const writeLine = (value: object): void => writer.write(`${printableJson(JSON.stringify(value))}\n`)
  return {
    on(event) {
      if (event.event === 'recap') recap = event
      else writeLine(options.diff ? event : withoutDiffs(event))
    },
    end() {
      if (recap) writeLine(recapRecord(recap))
      recap = undefined
      return writer.end()
    },
  }
}

/**
 * The recap as documented: seven counts a host, under Ansible's names, the same keys in every run. `may_change` holds
 * the hosts of which a check could not tell, with the number of their tasks.
 */
export function recapRecord(recap: RecapEvent): object {
  const hosts = Object.entries(recap.hosts)
  return {
    event: 'recap',
    hosts: Object.fromEntries(hosts.map(([host, stats]) => [host, counts(stats)])),
    may_change: Object.fromEntries(
      hosts.filter(([, stats]) => stats['may-change'] > 0).map(([host, stats]) => [host, stats['may-change']]),
    ),
    exit_code: recap.exitCode,
    cancelled: recap.cancelled,
    ms: Math.round(recap.ms),
  }
}

function counts(stats: HostStats): Omit<HostStats, 'may-change'> {
  const { ok, changed, failed, unreachable, skipped, rescued, ignored } = stats
  return { ok, changed, failed, unreachable, skipped, rescued, ignored }
}

/** Without `--diff` no file contents, as in every other output. */
function withoutDiffs(event: RunEvent): RunEvent {
  if (event.event !== 'task') return event
  const bare: { -readonly [Key in keyof TaskEvent]: TaskEvent[Key] } = {
    ...event,
    changes: event.changes.map((change) => ({ what: change.what })),
  }
  delete bare.diffs
  return bare
}
