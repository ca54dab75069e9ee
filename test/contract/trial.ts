import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Controller, Plan, StateModule, StepResult } from '../../src/modules/define.ts'
import { lockStep } from '../../src/shell/lock.ts'
import { Session } from '../../src/shell/session.ts'
import type { Script } from '../../src/shell/script.ts'
import type { LabHost } from '../lab/lab.ts'
import { inDir, type LawCase } from '../support/law-fixture.ts'
import { testController } from '../support/modules.ts'
import { labConnection, type Surroundings } from './lab-connection.ts'

/** A session that holds the run lock, as that of a run that changes something. */
export async function openSession(host: LabHost, how: Surroundings = {}): Promise<Session> {
  const session = await Session.open(labConnection(host, how))
  if (!how.readOnly) await session.exchange([lockStep('the law suite', 30)])
  return session
}

export interface Look {
  readonly wish: unknown
  readonly state: unknown
  readonly plan: Plan
}

/** A module's case on a host: the host loop of one task, one part at a time. */
export class Trial {
  readonly module: StateModule
  readonly #one: LawCase
  readonly #dir: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'sallyport-contract-'))

  constructor(module: StateModule, one: LawCase, dir: string) {
    this.module = module
    this.#one = one
    this.#dir = dir
    for (const [name, text] of Object.entries(one.files ?? {}))
      writeFileSync(join(this.#folder, name), inDir(text, dir))
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #controller(): Controller {
    return testController({
      find: (_kind, path) => join(this.#folder, path),
      download: ({ url }) => {
        const text = this.#one.downloads?.[url]
        return text === undefined ? Promise.reject(new Error(`nothing at ${url}`)) : Promise.resolve(Buffer.from(text))
      },
    })
  }

  async wish(): Promise<unknown> {
    const args = this.module.args.parse(inDir(this.#one.args, this.#dir))
    return this.module.prepare ? await this.module.prepare(args, this.#controller) : args
  }

  async probe(session: Session, wish: unknown): Promise<StepResult> {
    const [step] = await session.exchange([{ script: this.module.probe(wish) }])
    if (step?.code !== 0) throw new Error(`the probe exited ${step?.code}: ${step?.stderr.toString()}`)
    return step
  }

  /** Probe and plan. */
  async look(session: Session): Promise<Look> {
    const wish = await this.wish()
    const step = await this.probe(session, wish)
    return this.planOn(wish, this.module.parse(step.stdout.toString(), wish))
  }

  async planOn(wish: unknown, state: unknown): Promise<Look> {
    const complete = this.module.complete ? await this.module.complete(wish, state, this.#controller) : wish
    return { wish: complete, state, plan: this.module.plan(complete, state) }
  }

  applyScript({ wish, state, plan }: Look): Script {
    return this.module.apply(wish, state, plan).script
  }

  async apply(session: Session, { wish, state, plan }: Look): Promise<StepResult> {
    const { script, uploads = [], timeout } = this.module.apply(wish, state, plan)
    for (const upload of uploads) await session.upload(upload)
    const steps = [{ script, mutates: true, strict: true, ...(timeout !== undefined && { timeout }) }]
    return (await session.exchange(steps))[0] as StepResult
  }

  async mustApply(session: Session, look: Look): Promise<void> {
    const step = await this.apply(session, look)
    if (step.code !== 0) throw new Error(`the apply exited ${step.code}: ${step.stderr.toString()}`)
  }
}
