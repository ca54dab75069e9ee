import type { Duplex } from 'node:stream'
import type { z } from 'zod'
import type { Position } from '../source/position.ts'
import type { Mapping, Value } from '../source/value.ts'
import type { Script } from '../shell/script.ts'
import type { Effects } from './effects.ts'
import type { ForwardProof } from './proofs/proof.ts'

/**
 * A module is data: its arguments (a strict zod object whose fields carry `.describe()`), and small pure
 * functions. Five kinds exist:
 *  - state: probe → plan → apply, the rule (see the laws in src/README.md);
 *  - action: runs something by nature (`command`, `wait_for`); never in a check run unless told to;
 *  - session: an action in several exchanges, or over several connections (`fetch`, `reboot`);
 *  - controller: touches no host (`debug`, `assert`, `set_fact`);
 *  - structure: says what a play consists of (`include_tasks`, `meta`); only its arguments are here, the engine does it.
 */
export type Module = StateModule | ActionModule | SessionModule | ControllerModule | StructureModule

export interface ModuleDoc {
  /** One line, shown in lists. */
  readonly summary: string
  /** What check mode does, where it is not the plain announcement of changes. */
  readonly checkMode?: string
  /** A task as YAML. */
  readonly example: string
  /** Returned field → what it holds. */
  readonly returns?: Readonly<Record<string, string>>
}

interface Common<Schema extends z.ZodType, Wish> {
  readonly name: string
  /** Other names people write for it. */
  readonly aliases?: readonly string[]
  readonly doc: ModuleDoc
  readonly args: Schema
  /** The argument that free-form text (`command: ls -l`) fills. */
  readonly freeForm?: string
  /** Arguments handed over unrendered (conditions, variable names). */
  readonly raw?: readonly string[]
  /** True when it changes nothing on the host: what was probed before it stays fresh, and so do this machine's files. */
  readonly readOnly?: boolean
  /** True when it writes files on this machine, wherever it runs. */
  readonly writesHere?: boolean
  /** Work on the controller before anything is sent: read `src`, render, download. Absent: the wish is the arguments. */
  prepare?(args: z.output<Schema>, controller: Controller): Promise<Wish> | Wish
}

export interface StateModule<Schema extends z.ZodType = z.ZodType, Wish = unknown, State = unknown> extends Common<
  Schema,
  Wish
> {
  readonly kind: 'state'
  /** Prints the present state; read-only and total (answers on any OS, also where nothing is installed yet). */
  probe(wish: Wish): Script
  /** The probe's standard output as a state. Pure. */
  parse(output: string, wish: Wish): State
  /** The state as it will be once earlier announced changes are made. Pure; check runs only. */
  overlay?(state: State, effects: Effects, wish: Wish): State
  /**
   * Work on the controller that depends on the probed state: a download only where the file is missing. Runs after
   * `parse` and `overlay`, also in check runs; `plan`, `apply` and `result` get what it returns.
   */
  complete?(wish: Wish, state: State, controller: Controller): Promise<Wish>
  /** What separates the state from the wish. Pure. */
  plan(wish: Wish, state: State): Plan
  /** A script that makes the planned changes; runs under `set -e`, a non-zero exit fails the task with its stderr. */
  apply(wish: Wish, state: State, plan: Plan): Apply
  /**
   * The fields a `register` sees, from the state after the task; `before` is the state the changes were planned on,
   * left out when there were none. Pure.
   */
  result?(wish: Wish, state: State, before?: State): Mapping
  /**
   * True for wishes that change something every time by definition (`state: restarted`, `touch`, a replacement that
   * the pattern matches again); `before` is the state the changes were planned on.
   */
  everyTime?(wish: Wish, before: State): boolean
  /** Left out: the module takes no `confirm`. */
  readonly confirm?: Confirmable<Wish, State>
}

/**
 * What a module offers that could cut its own way in: the change in parts, so that the host takes it back by itself
 * unless a new login confirms it in time.
 */
export interface Confirmable<Wish = unknown, State = unknown> {
  /** Seconds for the login where the task does not say; left out: only tasks that say `confirm` are confirmed. */
  readonly seconds?: number
  /** Undefined where the plan cannot cut anybody off (only files differ): `apply` makes it then. Pure. */
  parts(wish: Wish, state: State, plan: Plan): ConfirmedParts | undefined
}

/** Instead of `apply`'s one script. Every part runs as root on the host; `before`, `change` and `persist` under `set -e`. */
export interface ConfirmedParts {
  /** What must be there first and cuts nobody off: packages. */
  readonly before?: Apply
  /** Prints what `restore` needs and only the host knows; it stands in the file `"$saved"`, also for `change`. */
  readonly save?: Script
  /** The change in memory, all of it or none: a reboot takes it back. */
  readonly change: Script
  /**
   * Takes back what is ours and nothing else, whatever others did meanwhile. The host runs it without a controller; it may
   * find the change whole, in part or not made, may run twice, and goes on where a command of it fails.
   */
  readonly restore: Script
  /** Makes the change last; runs once the login stands. */
  readonly persist: Script
}

/** What may make a run needless. */
interface Guarded<Wish> {
  /** A read-only script, sent along with the probes of other tasks; `undefined` when this wish has none. */
  guard?(wish: Wish): Script | undefined
  /** Why nothing needs to run, from the guard's output; `undefined` to go ahead. */
  satisfied?(wish: Wish, guardOutput: string): string | undefined
  /** What a `register` sees where nothing needed to run, besides `msg`, the reason. Pure. */
  spared?(wish: Wish, reason: string): Mapping
}

export interface ActionModule<Schema extends z.ZodType = z.ZodType, Wish = unknown>
  extends Common<Schema, Wish>, Guarded<Wish> {
  readonly kind: 'action'
  /** A satisfied guard counts as skipped, where Ansible has it so; left out: as ok. */
  readonly skipsWhenSatisfied?: boolean
  run(wish: Wish): Apply
  /** What the finished script means. Pure. */
  report(wish: Wish, step: StepResult): Report
  /**
   * The wish without what `report` can do without, for the record of a job that is left to itself (`poll: 0`): it goes
   * through JSON. Left out: the action cannot be left to itself. Pure.
   */
  keeps?(wish: Wish): Wish
}

export interface SessionModule<Schema extends z.ZodType = z.ZodType, Wish = unknown>
  extends Common<Schema, Wish>, Guarded<Wish> {
  readonly kind: 'session'
  /** True when it runs in a check as well, where it must change nothing. */
  readonly inCheck?: boolean
  run(wish: Wish, host: HostSession): Promise<Report>
}

/** A host's session in the hands of a module. Every method throws Unreachable when the connection breaks. */
export interface HostSession {
  readonly check: boolean
  /** The inventory's name. */
  readonly name: string
  /** The "host" is this machine. */
  readonly local: boolean
  /** Where this machine itself reaches the host; undefined: only through others, or it is this machine. */
  readonly address: string | undefined
  /** One read-only exchange; seconds after which the host ends it. */
  look(script: Script, timeout?: number): Promise<StepResult>
  /** One exchange under the run lock, after which everything known of the host is stale. */
  change(script: Script, timeout?: number): Promise<StepResult>
  /** A TCP connection from the host's place in the network. */
  forward(host: string, port: number): Promise<Duplex>
  /** Lets go of the connection; the next exchange logs in anew, within so many seconds. */
  disconnect(connectTimeout?: number): void
  /** Ends early, with an error, when the run is interrupted. */
  sleep(seconds: number): Promise<void>
  /** A path on the controller: a relative one is seen from the playbook. */
  localPath(path: string): string
  warn(message: string): void
}

export interface ControllerModule<Schema extends z.ZodType = z.ZodType> extends Common<Schema, z.output<Schema>> {
  readonly kind: 'controller'
  /** Runs once for all hosts of a batch, when all of them have come to it (`pause`). */
  readonly together?: boolean
  run(args: z.output<Schema>, task: TaskContext): Report | Promise<Report>
}

export interface StructureModule<Schema extends z.ZodType = z.ZodType> extends Common<Schema, z.output<Schema>> {
  readonly kind: 'structure'
}

/** One difference between state and wish, worded for a person: `mode 0644 → 0600`. */
export interface Change {
  readonly what: string
  readonly diff?: Diff
}

/** Text before and after; `''` where nothing was or will be. Shown as a unified diff. */
export interface Diff {
  readonly name: string
  readonly before: string
  readonly after: string
}

export interface Plan {
  /** Empty: converged. */
  readonly changes: readonly Change[]
  readonly effects?: Effects
  /** Reasons why the task may or may not change something: only when earlier changes hide the answer in a check run. */
  readonly uncertain?: readonly string[]
  /** Why the wish cannot be fulfilled on this host; the task fails with it and nothing is sent. */
  readonly refuse?: string
  readonly warnings?: readonly string[]
}

export interface Apply {
  readonly script: Script
  /** Contents too big for a literal, put into place before the script runs (mode 0600, root-owned or the become user's). */
  readonly uploads?: readonly Upload[]
  /** Seconds the host gives the script before it ends it; left out: the session's default. */
  readonly timeout?: number
  /** Environment variables for the script, from the task's `environment` — set by the engine. */
}

export interface Upload {
  /** Absolute path of the staging file. */
  readonly path: string
  readonly content: Buffer
}

/** What one step of an exchange left behind. */
export interface StepResult {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: Buffer
  /** The host ended it because its time was over. */
  readonly timedOut: boolean
  /** Milliseconds on the host's side as the controller saw them. */
  readonly ms: number
}

/** What an action or a controller module says of its run. */
export interface Report {
  readonly changed: boolean
  /** Why it failed; absent: it did not. */
  readonly failed?: string
  readonly skipped?: string
  readonly changes?: readonly Change[]
  readonly result?: Mapping
  /** What it proved of the host, for a table of its own. */
  readonly proofs?: readonly ForwardProof[]
  /** Variables the host has from now on (`set_fact`). */
  readonly facts?: Mapping
  /** They are among its `ansible_facts` as well. */
  readonly kept?: boolean
}

/** The controller's side of a task: files, templates, downloads. One per task and host; contents are cached per run. */
export interface Controller {
  readonly check: boolean
  /** Finds a file as Ansible does: the role's `files/` or `templates/`, then beside the playbook. Throws UserError. */
  find(kind: 'files' | 'templates', path: string): string
  /** Files that vault encrypted come decrypted, unless told otherwise. */
  read(path: string, options?: { readonly decrypt?: boolean }): Promise<Buffer>
  /** Renders a template file's text with this task's variables (`trim_blocks` as in Ansible's `template`). */
  render(text: string, file: string, options?: RenderOptions): string
  /** Downloads once per run and request, however many hosts ask. Throws a plain Error that says what went wrong. */
  download(request: Download): Promise<Buffer>
  /** Where the task stands, or the named argument of it. */
  at(argument?: string): Position | undefined
}

export interface RenderOptions {
  readonly trimBlocks?: boolean
  readonly lstripBlocks?: boolean
  /** How the template was named, and where what comes of it will be. */
  readonly written?: string
  readonly dest?: string
  /** Other delimiters than Jinja's; each pair opens and closes. */
  readonly delimiters?: Readonly<Partial<Record<'variable' | 'block' | 'comment', readonly [string, string]>>>
}

export interface Download {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly validateCerts?: boolean
  /** False: go to the server itself, whatever the environment says. */
  readonly useProxy?: boolean
  /** Seconds. */
  readonly timeout?: number
}

/** What a controller module may ask of its task. */
export interface TaskContext {
  readonly check: boolean
  readonly host: string
  /** How often `-v` was given; left out: not at all. */
  readonly verbosity?: number
  /** Value of a bare Jinja expression such as a condition; strict: an undefined name is an error. */
  evaluate(expression: string): Value
  /** Like `evaluate`, as `when` sees it. */
  test(expression: string): boolean
  /** Ends early, with an error, when the run is interrupted. */
  sleep(seconds: number): Promise<void>
  /** Asks whoever sits at the terminal; left out: nobody does. */
  ask?(question: string, how: { readonly echo: boolean }): Promise<string>
  warn(message: string): void
}

export function defineModule<Schema extends z.ZodType, State>(
  module: Omit<StateModule<Schema, z.output<Schema>, State>, 'prepare' | 'kind'>,
): StateModule<Schema, z.output<Schema>, State>
export function defineModule<Schema extends z.ZodType, Wish, State>(
  module: Omit<StateModule<Schema, Wish, State>, 'kind'> & {
    prepare(args: z.output<Schema>, controller: Controller): Promise<Wish> | Wish
  },
): StateModule<Schema, Wish, State>
export function defineModule<Schema extends z.ZodType, Wish, State>(
  module: Omit<StateModule<Schema, Wish, State>, 'kind'>,
): StateModule<Schema, Wish, State> {
  return { kind: 'state', ...module }
}

export function defineAction<Schema extends z.ZodType, Wish>(
  module: Omit<ActionModule<Schema, Wish>, 'kind'> & {
    prepare(args: z.output<Schema>, controller: Controller): Promise<Wish> | Wish
  },
): ActionModule<Schema, Wish>
export function defineAction<Schema extends z.ZodType>(
  module: Omit<ActionModule<Schema, z.output<Schema>>, 'kind' | 'prepare'>,
): ActionModule<Schema, z.output<Schema>>
export function defineAction<Schema extends z.ZodType, Wish>(
  module: Omit<ActionModule<Schema, Wish>, 'kind'>,
): ActionModule<Schema, Wish> {
  return { kind: 'action', ...module }
}

export function defineController<Schema extends z.ZodType>(
  module: Omit<ControllerModule<Schema>, 'kind'>,
): ControllerModule<Schema> {
  return { kind: 'controller', ...module }
}

export function defineStructure<Schema extends z.ZodType>(
  module: Omit<StructureModule<Schema>, 'kind'>,
): StructureModule<Schema> {
  return { kind: 'structure', ...module }
}

export function defineSession<Schema extends z.ZodType, Wish>(
  module: Omit<SessionModule<Schema, Wish>, 'kind'> & {
    prepare(args: z.output<Schema>, controller: Controller): Promise<Wish> | Wish
  },
): SessionModule<Schema, Wish>
export function defineSession<Schema extends z.ZodType>(
  module: Omit<SessionModule<Schema, z.output<Schema>>, 'kind' | 'prepare'>,
): SessionModule<Schema, z.output<Schema>>
export function defineSession<Schema extends z.ZodType, Wish>(
  module: Omit<SessionModule<Schema, Wish>, 'kind'>,
): SessionModule<Schema, Wish> {
  return { kind: 'session', ...module }
}
