import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HostState, TaskEvent } from '../../src/report/events.ts'
import { type CliOptions, sallyport } from '../support/cli.ts'
import { inventoryYaml } from '../lab/inventory.ts'
import type { Frame, Intake } from '../lab/intake.ts'
import type { Lab, LabHost } from '../lab/lab.ts'

export const playbook = fileURLToPath(new URL('../../playbooks/netfilter.yml', import.meta.url))
export const intakeKey = 'Test-Intake_Key-42'

/** The events of a run with `--output jsonl`, as its last line and the others tell it. */
export interface RunReport {
  readonly code: number | null
  readonly events: readonly Readonly<Record<string, unknown>>[]
  readonly tasks: readonly TaskEvent[]
  readonly hosts: Readonly<Record<string, Counts>>
  readonly ends: Readonly<Record<string, HostEnd>>
  readonly stderr: string
  readonly stdout: string
}

export interface Counts {
  readonly ok: number
  readonly changed: number
  readonly failed: number
  readonly unreachable: number
  readonly skipped: number
}

export interface HostEnd {
  readonly state: HostState
  readonly cost?: { readonly connections: number; readonly channels: number; readonly exchanges: number }
}

/** The lab's hosts with an intake, the certificate's server, and the files one hands to Sallyport. */
export interface Fleet {
  readonly lab: Lab
  readonly intake: Intake
  readonly dir: string
  readonly inventory: string
  run(command: 'apply' | 'check' | 'verify', args?: readonly string[], options?: CliOptions): Promise<RunReport>
  /** Sends one packet to a closed TCP port of a host; resolves when that was answered or given up. */
  knock(host: LabHost, port: number, family?: 4 | 6): Promise<'open' | 'refused' | 'silent'>
  /** The event of a packet dropped on a host, as it arrived at the intake. */
  event(host: LabHost, port: number): Promise<Frame>
  close(): Promise<void>
}

export interface FleetOptions {
  /** Host variables by host name, as YAML lines of the inventory. */
  readonly hostVars?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export async function fleetOf(lab: Lab, options: FleetOptions = {}): Promise<Fleet> {
  const intake = await lab.intake()
  const files = await lab.serve({ '/SEKOIA-IO-intake.pem': intake.caPem })
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-fleet-'))
  const inventory = join(dir, 'hosts.yml')
  const vars = join(dir, 'vars.yml')
  await writeFile(inventory, withHostVars(inventoryYaml(lab), options.hostVars ?? {}))
  await writeFile(vars, `intake_key: ${intakeKey}\nintake_ca_url: ${files.url}/SEKOIA-IO-intake.pem\n`, { mode: 0o600 })
  const knock: Fleet['knock'] = (host, port, family = 4) =>
    new Promise((resolve) => {
      const socket = createConnection({ host: family === 4 ? host.address : host.address6, port, timeout: 1500 })
      const done = (answer: 'open' | 'refused' | 'silent') => {
        socket.destroy()
        resolve(answer)
      }
      socket.on('connect', () => done('open'))
      socket.on('timeout', () => done('silent'))
      socket.on('error', (error: NodeJS.ErrnoException) => done(error.code === 'ECONNREFUSED' ? 'refused' : 'silent'))
    })
  return {
    lab,
    intake,
    dir,
    inventory,
    knock,
    async run(command, args = [], cliOptions = {}) {
      const base = [command, playbook, '-i', inventory, '-e', `@${vars}`, '--output', 'jsonl']
      return reportOf(await sallyport([...base, ...args], cliOptions))
    },
    event(host, port) {
      const arrived = intake.waitFor(
        (frame) => frame.hostname === host.name && frame.text.includes(`DPT=${port} `),
        30_000,
      )
      void knock(host, port)
      return arrived
    },
    async close() {
      await files.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

export function reportOf(result: { code: number | null; stdout: string; stderr: string }): RunReport {
  const events = result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const recap = events.at(-1)
  const ends = events
    .filter(({ event }) => event === 'host-end')
    .map((end) => [String(end['host']), end as unknown as HostEnd])
  return {
    code: result.code,
    events,
    tasks: events.filter(({ event, item }) => event === 'task' && item === undefined) as unknown as TaskEvent[],
    hosts: (recap?.['event'] === 'recap' ? recap['hosts'] : {}) as Record<string, Counts>,
    ends: Object.fromEntries(ends) as Record<string, HostEnd>,
    stderr: result.stderr,
    stdout: result.stdout,
  }
}

/** What a run changed or would change, by host: the task's name with the words of its changes. */
export function changesOf(report: RunReport): Record<string, string[]> {
  const changes: Record<string, string[]> = {}
  for (const { host, task, outcome, changes: made } of report.tasks) {
    if (outcome !== 'changed') continue
    ;(changes[host] ??= []).push(`${task.name}: ${made.map(({ what }) => what).join(', ')}`)
  }
  return changes
}

function withHostVars(
  inventory: string,
  hostVars: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): string {
  let text = inventory
  for (const [host, vars] of Object.entries(hostVars)) {
    const lines = Object.entries(vars).map(([name, value]) => `      ${name}: ${JSON.stringify(value)}`)
    text = text.replace(new RegExp(`^    ${host}:\n`, 'm'), `    ${host}:\n${lines.join('\n')}\n`)
  }
  return text
}
