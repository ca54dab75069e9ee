import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import type { Controller, Plan, StateModule, StepResult } from '../../src/modules/define.ts'
import type { Script } from '../../src/shell/script.ts'

/** The shells every generated script must pass under; `bash --posix -c` is what `sh` is where bash is `sh`. */
export const shells: Readonly<Record<string, readonly string[]>> = {
  dash: ['dash'],
  bash: ['bash', '--posix'],
  busybox: ['busybox', 'sh'],
}

/** Runs a script the way a session does: text on the shell's stdin, the step in a subshell without stdin. */
export function runScript(script: Script, shell = 'dash', setE = false): Promise<StepResult> {
  const [program = 'sh', ...args] = shells[shell] ?? [shell]
  const child = spawn(program, args, {
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', HOME: '/root' },
    cwd: '/',
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  const started = Date.now()
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(`(\n${setE ? 'set -e\n' : ''}${script.text}\n) </dev/null\n`)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({
        code: code ?? 255,
        stdout: Buffer.concat(out),
        stderr: Buffer.concat(err),
        timedOut: false,
        ms: Date.now() - started,
      }),
    )
  })
}

/** A controller for module tests: real files, no downloads unless given. */
export function testController(overrides: Partial<Controller> = {}): Controller {
  return {
    check: false,
    find: (_kind, path) => path,
    read: (path) => readFile(path),
    render: (text) => text,
    download: () => Promise.reject(new Error('no downloads in this test')),
    at: () => undefined,
    ...overrides,
  }
}

export interface Converged {
  readonly before: unknown
  readonly plan: Plan
  readonly after: unknown
  /** The plan of a fresh probe after the apply: must hold no change. */
  readonly again: Plan
}

/** Arguments → wish, as the engine makes it. */
export async function wishOf(module: StateModule, args: unknown, controller = testController()): Promise<unknown> {
  const parsed = module.args.parse(args)
  return module.prepare ? await module.prepare(parsed, controller) : parsed
}

export async function probeState(module: StateModule, wish: unknown, shell = 'dash'): Promise<unknown> {
  const step = await runScript(module.probe(wish), shell)
  if (step.code !== 0) throw new Error(`probe exited ${step.code}: ${step.stderr.toString()}`)
  return module.parse(step.stdout.toString(), wish)
}

/** probe → plan → apply → probe → plan on this machine, as the host loop does it. */
export async function converge(
  module: StateModule,
  args: unknown,
  { shell = 'dash', controller = testController() }: { shell?: string; controller?: Controller } = {},
): Promise<Converged> {
  let wish = await wishOf(module, args, controller)
  const before = await probeState(module, wish, shell)
  if (module.complete) wish = await module.complete(wish, before, controller)
  const plan = module.plan(wish, before)
  if (plan.refuse) throw new Error(`refused: ${plan.refuse}`)
  if (plan.changes.length > 0) {
    const apply = module.apply(wish, before, plan)
    for (const upload of apply.uploads ?? []) await writeFile(upload.path, upload.content, { mode: 0o600 })
    const step = await runScript(apply.script, shell, true)
    if (step.code !== 0) throw new Error(`apply exited ${step.code}: ${step.stderr.toString()}`)
  }
  const after = await probeState(module, wish, shell)
  return { before, plan, after, again: module.plan(wish, after) }
}
