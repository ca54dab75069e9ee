import type { HostStats, RunEvent, RunMode, TaskEvent, TaskRef } from '../../../src/report/events.ts'
import { createTally } from '../../../src/report/stats.ts'

export interface Fleet {
  readonly hosts: number
  readonly tasks: number
  readonly forks: number
  readonly mode: RunMode
  readonly play?: string
}

/** An event and the share of the run (0 to 1) after which it comes. */
export interface Timed {
  readonly at: number
  readonly event: RunEvent
}

const names = [
  'Gather facts',
  'Check the target',
  'Install rsyslog',
  'Install the TLS driver for rsyslog',
  'Create the spool directory',
  'Write the CA certificate',
  'Write the rsyslog configuration',
  'Remove the legacy configuration',
  'Load the nf_log module',
  'Log dropped packets',
  'Start rsyslog',
]

/**
 * A run of a whole fleet, the same on every call: hosts go through the tasks in a pool of `forks`; every third host
 * changes something, every twentieth fails half-way, and every fiftieth cannot be reached.
 */
export function fleetRun(fleet: Fleet): Timed[] {
  const check = fleet.mode !== 'apply'
  const play = fleet.play ?? "Log the firewall's drops and forward them"
  const hosts = Array.from({ length: fleet.hosts }, (_, at) => `web${at + 1}.example.net`)
  const timed: Timed[] = []
  const rounds = Math.ceil(fleet.hosts / fleet.forks)
  hosts.forEach((host, at) => {
    const round = Math.floor(at / fleet.forks)
    const from = round / rounds
    const step = (0.85 + 0.15 * (((at * 7) % 10) / 10)) / rounds / (fleet.tasks + 1)
    const when = (task: number): number => from + step * task
    const say = (task: number, event: RunEvent): void => void timed.push({ at: when(task), event })
    say(0, { event: 'host-start', host, play })
    let state: 'done' | 'failed' | 'unreachable' = 'done'
    let number = 0
    for (; number < fleet.tasks && state === 'done'; number += 1) {
      const task = taskRef(number)
      say(number, { event: 'task-start', host, task })
      const event = outcome(host, at, number, fleet.tasks, task, check)
      if (event.outcome === 'failed' || event.outcome === 'unreachable') state = event.outcome
      say(number + 0.9, event)
    }
    say(number + 0.9, { event: 'host-end', host, play, state })
  })
  timed.sort((one, other) => one.at - other.at)
  const head: RunEvent[] = [
    { event: 'run-start', playbooks: ['playbooks/netfilter.yml'], mode: fleet.mode },
    { event: 'play-start', play, hosts, tasks: fleet.tasks },
  ]
  const events = [
    ...head.map((event) => ({ at: 0, event })),
    ...timed,
    { at: 1, event: { event: 'play-end', play } as const },
  ]
  return [
    ...events,
    {
      at: 1,
      event: recapOf(
        events.map(({ event }) => event),
        12_300,
      ),
    },
  ]
}

export function recapOf(events: readonly RunEvent[], ms: number): Extract<RunEvent, { event: 'recap' }> {
  const tally = createTally()
  for (const event of events) tally.add(event)
  const hosts: Record<string, HostStats> = tally.hosts()
  return { event: 'recap', hosts, ms, exitCode: 0, cancelled: false }
}

function taskRef(number: number): TaskRef {
  const name = names[number % names.length] ?? 'task'
  return {
    name: number < names.length ? name : `${name} ${number}`,
    module: 'template',
    role: 'netfilter',
    at: `playbooks/roles/netfilter/tasks/main.yml:${number * 7 + 3}`,
  }
}

function outcome(host: string, at: number, number: number, tasks: number, task: TaskRef, check: boolean): TaskEvent {
  const base = { event: 'task', host, task, check, changes: [], ms: 40 } as const
  if (at % 50 === 49 && number === 0) {
    return { ...base, outcome: 'unreachable', message: 'connect to 192.0.2.7 port 22: connection timed out after 10 s' }
  }
  if (at % 20 === 4 && number === tasks >> 1) {
    return {
      ...base,
      outcome: 'failed',
      message:
        'apt-get exited with 100\nE: Unable to locate package rsyslog-gnutls\nE: Couldn’t find any package by regex',
      hint: 'refresh the package lists with update_cache: true',
    }
  }
  if (at % 3 === 1 && number === 6) {
    return {
      ...base,
      outcome: 'changed',
      changes: [
        {
          what: 'content',
          diff: {
            name: '/etc/rsyslog.d/11-netfilter.conf',
            before: 'module(load="imuxsock")\n',
            after: 'module(load="imuxsock")\nmodule(load="imklog")\n',
          },
        },
        { what: 'mode 0644 → 0600' },
      ],
    }
  }
  return { ...base, outcome: number === 7 ? 'skipped' : 'ok' }
}
