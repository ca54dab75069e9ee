import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PlayOptions } from '../../src/cli/options.ts'
import { readInput } from '../../src/cli/play-command.ts'
import { planRun } from '../../src/engine/plan-run.ts'
import { executeRun } from '../../src/engine/run.ts'
import type { RunEvent, RunMode, TaskEvent } from '../../src/report/events.ts'

export interface PlaybookRun {
  readonly code: number
  readonly events: readonly RunEvent[]
  /** `host task outcome`, in the order of the events; items as `host task[item] outcome`. */
  readonly lines: readonly string[]
  readonly tasks: readonly TaskEvent[]
  readonly recap: Extract<RunEvent, { event: 'recap' }>
  readonly dir: string
}

export interface PlaybookRunOptions extends Partial<PlayOptions> {
  readonly mode?: RunMode
  readonly hosts?: readonly string[]
  /** Who the run says that it is. */
  readonly holder?: string
  readonly files?: Readonly<Record<string, string>>
  /** Called with each event: to interrupt the run. */
  readonly onEvent?: (event: RunEvent, stop: () => void) => void
}

/** Runs a playbook in this process on "hosts" that are this machine, in a folder of its own (`{{ playbook_dir }}`). */
export async function runPlaybook(playbook: string, options: PlaybookRunOptions = {}): Promise<PlaybookRun> {
  const { mode = 'apply', hosts = ['h1'], holder, files = {}, onEvent, ...more } = options
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-run-'))
  try {
    const inventory = `all:\n  vars:\n    ansible_connection: local\n  hosts:\n${hosts.map((host) => `    ${host}:\n`).join('')}`
    for (const [name, text] of Object.entries({ 'play.yml': playbook, 'hosts.yml': inventory, ...files })) {
      await mkdir(dirname(join(dir, name)), { recursive: true })
      await writeFile(join(dir, name), text)
    }
    const read = await readInput([join(dir, 'play.yml')], mode, {
      inventory: [join(dir, 'hosts.yml')],
      forks: 10,
      timeout: 5,
      verbose: 0,
      output: 'plain',
      ...more,
    })
    const input = { ...read, options: { ...read.options, holder: holder ?? read.options.holder } }
    const events: RunEvent[] = []
    const stop = new AbortController()
    const emit = (event: RunEvent) => {
      events.push(event)
      onEvent?.(event, () => stop.abort())
    }
    const { exitCode } = await executeRun(await planRun(input), { ...input, emit, stop: stop.signal })
    input.transport.close()
    const tasks = events.filter((event): event is TaskEvent => event.event === 'task')
    const recap = events.at(-1)
    if (recap?.event !== 'recap') throw new Error('the run did not end with a recap')
    const lines = tasks.map(
      ({ host, task, item, outcome, ignored }) =>
        `${host} ${task.name}${item === undefined ? '' : `[${item}]`} ${outcome}${ignored ? ' ignored' : ''}`,
    )
    return { code: exitCode, events, lines, tasks, recap, dir }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
