import { existsSync, statSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '../errors.ts'
import { failureOutput } from './failure-output.ts'
import { junitXml, type Case, type Result, type Suite } from './junit-xml.ts'
import { outcomeWord } from './outcome-words.ts'
import { printableLines } from './printable.ts'
import { seenFrom } from './seen-from.ts'
import type { ForwardProof, Proof } from '../modules/proofs/proof.ts'
import type { Reporter, RunEvent, RunMode, TaskEvent } from './events.ts'

/**
 * Writes the run as a JUnit file at its end: a suite per host, a case per task and per proof. A case fails where the run's exit
 * code says so: in `check` also what is not in sync. Files below `folder` are named as seen from it.
 *
 * @throws UserError when the file cannot be written: before anything runs, as far as that can be known
 */
export async function createJunitReporter(file: string, folder = process.cwd()): Promise<Reporter> {
  const temporary = `${file}.${process.pid}.tmp`
  const write = (text: string) => writeFile(temporary, text).catch((error: unknown) => refuse(file, error))
  await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => refuse(file, error))
  if (existsSync(file) && !statSync(file).isFile()) refuse(file, 'it is no file')
  await write('')
  await rm(temporary)
  const cases = createCases(folder)
  return {
    on: (event) => cases.add(event),
    async end() {
      // Renamed into place: whoever waits for the file never reads half of it.
      await write(junitXml(cases.name(), cases.suites()))
      await rename(temporary, file).catch((error: unknown) => refuse(file, error))
    },
  }
}

function refuse(file: string, why: unknown): never {
  throw new UserError(`cannot write the JUnit file ${file}: ${why instanceof Error ? why.message : String(why)}`)
}

/** The fold behind the file: events in, suites out. */
export function createCases(folder: string): {
  add(event: RunEvent): void
  name(): string
  suites(): readonly Suite[]
} {
  const hosts = new Map<string, Case[]>()
  const names = new Map<string, number>()
  /** Of the task that each host is at: what they mean for the run, its outcome says. */
  const proofs = new Map<string, ForwardProof[]>()
  let title = 'sallyport'
  let mode: RunMode = 'apply'
  let play = ''

  const addCase = (host: string, test: Case): void => {
    const list = hosts.get(host)
    if (list) list.push(test)
    else hosts.set(host, [test])
  }
  /** Readers take two cases of one name for one. */
  const unique = (host: string, name: string): string => {
    const key = JSON.stringify([host, play, name])
    const count = (names.get(key) ?? 0) + 1
    names.set(key, count)
    return count === 1 ? name : `${name} (${count})`
  }

  return {
    add(event) {
      if (event.event === 'run-start') {
        mode = event.mode
        title = `sallyport ${mode === 'apply-check' ? 'apply' : mode} ${event.playbooks.map((one) => seenFrom(folder, one)).join(' ')}`
      } else if (event.event === 'play-start') {
        play = event.play
        for (const host of event.hosts) if (!hosts.has(host)) hosts.set(host, [])
      } else if (event.event === 'task') {
        const { host, task, ms } = event
        const excused = event.ignored === true || event.rescued === true
        for (const proof of proofs.get(host) ?? []) {
          addCase(host, {
            play,
            name: unique(host, `${proof.forward}: ${proof.proof}`),
            ms: 0,
            result: proofResult(proof, excused),
          })
        }
        proofs.delete(host)
        if (event.item !== undefined) return
        addCase(host, {
          play,
          name: unique(host, task.name),
          at: seenFrom(folder, task.at),
          ms,
          result: resultOf(event, mode),
        })
      } else if (event.event === 'proof') {
        proofs.set(event.host, [...(proofs.get(event.host) ?? []), event])
      } else if (event.event === 'host-end' && (event.state === 'not-started' || event.state === 'cancelled')) {
        const text = event.state === 'cancelled' ? 'cancelled' : 'never started, as the run stopped before'
        const result: Result = { kind: 'error', type: event.state, text }
        addCase(event.host, { play: event.play, name: unique(event.host, 'the whole play'), ms: 0, result })
      }
    },
    name: () => title,
    suites: () => [...hosts].map(([host, list]) => ({ host, cases: list })),
  }
}

function proofResult({ state, detail }: Proof, excused: boolean): Result {
  switch (state) {
    case 'proven':
      return { kind: 'passed', output: detail }
    case 'unproven':
      return { kind: 'skipped', text: `unproven: ${detail}` }
    case 'failed':
      return excused ? { kind: 'passed', output: detail } : { kind: 'failure', type: 'proof', text: detail }
  }
}

function resultOf(event: TaskEvent, mode: RunMode): Result {
  const word = outcomeWord(event.outcome, event.check)
  const changes = event.changes.map((change) => change.what).join('\n')
  const said = [...printableLines(event.message ?? word), ...failureOutput(event)]
  const text = [...said, ...(event.hint ? [`hint: ${event.hint}`] : [])].join('\n')
  switch (event.outcome) {
    case 'ok':
      return { kind: 'passed' }
    case 'changed':
    case 'may-change': {
      const what = [word, event.outcome === 'may-change' ? event.message : undefined, changes]
        .filter(Boolean)
        .join(': ')
      return mode === 'check' ? { kind: 'failure', type: event.outcome, text: what } : { kind: 'passed', output: what }
    }
    case 'skipped':
      return { kind: 'skipped', text: event.message ?? 'skipped' }
    case 'cancelled':
      return { kind: 'error', type: 'cancelled', text }
    case 'failed':
    case 'timed-out':
    case 'unreachable':
      if (event.ignored || event.rescued) {
        return { kind: 'passed', output: `${word}, ${event.ignored ? 'ignored' : 'rescued'}: ${text}` }
      }
      return { kind: event.outcome === 'unreachable' ? 'error' : 'failure', type: event.outcome, text }
  }
}
