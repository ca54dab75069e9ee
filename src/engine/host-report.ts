import { UserError } from '../errors.ts'
import { type ForwardProof, statements } from '../modules/proofs/proof.ts'
import type { Templated } from '../playbook/playbook.ts'
import type { Unreachable } from '../transport/transport.ts'
import { Unforeseen } from '../variables/unforeseen.ts'
import type { Host } from './host.ts'
import type { BatchContext } from './batch-context.ts'
import type { HostScopes } from './host-scopes.ts'
import type { Entry } from './host-tasks.ts'
import { flag } from './keyword.ts'
import type { Outcome } from './outcome.ts'
import { taskEvent, taskRef } from './task-event.ts'
import type { Unit } from './unit.ts'

/** What is told of one host's way through a play, with what is secret masked. */
export class HostReport {
  readonly #host: Host
  readonly #scopes: HostScopes
  readonly #batch: BatchContext

  constructor(host: Host, scopes: HostScopes, batch: BatchContext) {
    this.#host = host
    this.#scopes = scopes
    this.#batch = batch
  }

  start(entry: Entry, unit: Unit): void {
    const { emit, redactor } = this.#batch
    emit({ event: 'task-start', host: this.#host.name, task: taskRef(entry, redactor, unit) })
  }

  task(
    entry: Entry,
    outcome: Outcome,
    how: { started: number; ignored?: boolean; rescued?: boolean; item?: string },
  ): void {
    const { emit, redactor, prepare } = this.#batch
    const { directives } = entry.task
    // A task that fails before it is rendered has no unit yet that says so.
    const noLog = directives.noLog !== undefined && entry.prepared === undefined && this.#hides(entry)
    const diff = directives.diff === undefined ? this.#batch.diff : this.flag(entry, directives.diff)
    emit(taskEvent(this.#host.name, entry, outcome, { ...how, redactor, diff, noLog, check: prepare.check }))
  }

  unreachable(
    entry: Entry | undefined,
    error: Unreachable,
    { started, ignored }: { started: number; ignored: boolean },
  ): void {
    const { emit, redactor, prepare } = this.#batch
    emit({
      event: 'task',
      host: this.#host.name,
      task: entry ? taskRef(entry, redactor) : { name: 'Connect', module: 'ping', at: '' },
      outcome: 'unreachable',
      check: prepare.check,
      changes: [],
      ...(ignored && { ignored }),
      message: redactor.redact(error.message),
      ...(error.hint !== undefined && { hint: redactor.redact(error.hint) }),
      ms: Math.round(performance.now() - started),
    })
  }

  warn(entry: Entry, message: string): void {
    const { redactor, emit } = this.#batch
    emit({ event: 'warning', message: redactor.redact(message), host: this.#host.name, task: taskRef(entry, redactor) })
  }

  proof(proof: ForwardProof): void {
    const { redactor, emit } = this.#batch
    const { proves, not } = statements[proof.proof]
    const detail = redactor.redact(proof.detail)
    emit({ event: 'proof', host: this.#host.name, ...proof, detail, proves, does_not_prove: not })
  }

  /** A keyword that is judged after the task. One that cannot be rendered excuses nothing. */
  flag(entry: Entry, part: Templated | undefined): boolean {
    try {
      return flag(part, this.#scopes.of(entry, entry.task)) ?? false
    } catch (error) {
      if (!(error instanceof UserError) && !(error instanceof Unforeseen)) throw error
      this.warn(entry, error.message)
      return false
    }
  }

  /** `no_log`, also where it cannot be rendered: better hidden than told. */
  #hides(entry: Entry): boolean {
    try {
      return flag(entry.task.directives.noLog, this.#scopes.of(entry, entry.task)) ?? false
    } catch {
      return true
    }
  }
}
