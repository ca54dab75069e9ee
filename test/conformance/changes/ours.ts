import { rmSync, writeFileSync } from 'node:fs'
import type { Plan, StateModule } from '../../../src/modules/define.ts'
import { loadModule, moduleName } from '../../../src/modules/registry.ts'
import { lines, type Script, sh } from '../../../src/shell/script.ts'
import { inDir } from '../../support/law-fixture.ts'
import { runScript, testController } from '../../support/modules.ts'
import type { Answer, Case } from './case.ts'
import { folderOf, outcomeOf } from './folder.ts'

/** The same task, twice, through our module on this machine. */
export async function ours(one: Case): Promise<Answer> {
  const dir = folderOf(one)
  try {
    const name = moduleName(one.module)
    if (name === undefined) throw new Error(`there is no module ${one.module}`)
    const module = (await loadModule(name)) as StateModule
    // As JSON has them: without what is undefined.
    const parsed = module.args.safeParse(inDir(JSON.parse(JSON.stringify(one.args)) as unknown, dir))
    if (!parsed.success) return { changed: [null, null], msg: parsed.error.message, ...outcomeOf(dir) }
    const path = sh`PATH=${`${dir}/bin`}:$PATH`
    const wish = await Promise.resolve(module.prepare?.(parsed.data, testController()) ?? parsed.data).catch(refusal)
    if (isUserError(wish)) return { changed: [null, null], msg: wish.message, ...outcomeOf(dir) }
    const first = await task(module, wish, path, await probe(module, wish, path))
    // What was left as it is gets the same answer again.
    const second = first.changed === true ? await task(module, wish, path, first.after) : first
    const msg = first.msg.replaceAll(dir, '{{dir}}')
    return { changed: [first.changed, second.changed], msg, ...outcomeOf(dir) }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function refusal(error: unknown): unknown {
  if (isUserError(error)) return error
  throw error
}

const isUserError = (value: unknown): value is Error => value instanceof Error && value.name === 'UserError'

interface Done {
  readonly changed: boolean | null
  readonly msg: string
  readonly after: unknown
}

async function task(module: StateModule, wish: unknown, path: Script, before: unknown): Promise<Done> {
  const plan: Plan = module.plan(wish, before)
  if (plan.refuse !== undefined) return { changed: null, msg: plan.refuse, after: before }
  if (plan.changes.length === 0) return { changed: false, msg: told(module.result?.(wish, before)), after: before }
  const { script, uploads = [] } = module.apply(wish, before, plan)
  for (const { path: file, content } of uploads) writeFileSync(file, content, { mode: 0o600 })
  const { code, stderr } = await runScript(lines(path, script), 'dash', true)
  if (code !== 0) return { changed: null, msg: stderr.toString(), after: before }
  const after = await probe(module, wish, path)
  return { changed: true, msg: told(module.result?.(wish, after, before)), after }
}

async function probe(module: StateModule, wish: unknown, path: Script): Promise<unknown> {
  const { code, stdout, stderr } = await runScript(lines(path, module.probe(wish)))
  if (code !== 0) throw new Error(`the probe exited ${code}: ${stderr.toString()}`)
  return module.parse(stdout.toString(), wish)
}

const told = (result: Readonly<Record<string, unknown>> | undefined): string => {
  const msg = result?.['msg']
  return typeof msg === 'string' ? msg : ''
}
