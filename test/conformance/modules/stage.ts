import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Value } from '../../../src/source/value.ts'
import { inDir } from '../../support/law-fixture.ts'
import { act, outcome } from '../../support/law-run.ts'
import type { Trial } from './trial.ts'

/** What a task left behind: its registered result, and its folder as ordinary tools see it. */
export interface Answer {
  readonly result: Value
  readonly outcome: string
}

/** Runs a playbook on this machine. */
export type Player = (playbook: string) => Promise<void> | void

/** All trials as tasks of one play, each in a folder of its own; the play itself writes down what was registered. */
export async function play(trials: readonly Trial[], player: Player): Promise<Answer[]> {
  const server = spawn(process.execPath, ['--import', 'tsx', answers], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [said] = (await once(server.stdout, 'data')) as [Buffer]
    return await playBeside(said.toString().trim(), trials, player)
  } finally {
    server.stdin.end()
  }
}

const answers = fileURLToPath(new URL('../../support/http-answers.ts', import.meta.url))

async function playBeside(server: string, trials: readonly Trial[], player: Player): Promise<Answer[]> {
  const stage = mkdtempSync(join(tmpdir(), 'sallyport-stage-'))
  try {
    const dirs = trials.map((trial, index) => prepare(trial, join(stage, 'hosts', String(index))))
    for (const { files = {} } of trials) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(stage, name)), { recursive: true })
        writeFileSync(join(stage, name), text, { mode: 0o644 })
      }
    }
    const tasks = trials.map(({ module, args, name, environment = {} }, index) => ({
      name,
      [module]: inDir(args, dirs[index] ?? ''),
      environment: inDir(environment, dirs[index] ?? ''),
      register: `r${index}`,
      ignore_errors: true,
    }))
    const results = join(stage, 'results.json')
    const all = `{{ [${trials.map((_trial, index) => `r${index}`).join(', ')}] | to_json }}`
    tasks.push({ name: 'results', copy: { content: all, dest: results } } as never)
    // JSON is YAML.
    const playbook = join(stage, 'play.yml')
    writeFileSync(
      playbook,
      JSON.stringify([{ hosts: 'all', gather_facts: false, connection: 'local', tasks }], null, 2).replaceAll(
        '{{server}}',
        server,
      ),
    )
    await player(playbook)
    const registered = JSON.parse(readFileSync(results, 'utf8')) as Value[]
    return dirs.map((dir, index) => ({
      result: named(registered[index] ?? null, stage, dir, server),
      outcome: outcome(dir).replaceAll(dir.slice(1), 'own').replaceAll(stage.slice(1), 'stage'),
    }))
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

function prepare({ start = '' }: Trial, dir: string): string {
  mkdirSync(dir, { recursive: true })
  act(start, dir)
  return dir
}

/** The same wherever the stage stood. */
function named(result: Value, stage: string, dir: string, server: string): Value {
  const text = JSON.stringify(result)
    .replaceAll(dir, '{{dir}}')
    .replaceAll(stage, '{{stage}}')
    .replaceAll(server, '{{server}}')
  return JSON.parse(text) as Value
}

export const ansible: Player = (playbook) => {
  execFileSync(
    'ansible-playbook',
    ['-i', 'localhost,', '-e', 'ansible_python_interpreter=/usr/bin/python3', playbook],
    {
      // Ansible tells in its messages where it was started.
      cwd: dirname(playbook),
      env: {
        PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
        HOME: '/root',
        LC_ALL: 'C.UTF-8',
        ANSIBLE_PIPELINING: '1',
        ANSIBLE_NOCOWS: '1',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
      maxBuffer: 1 << 28,
    },
  )
}
