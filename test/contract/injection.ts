import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Controller, Module } from '../../src/modules/define.ts'
import type { Script } from '../../src/shell/script.ts'
import { inDir, type LawCase } from '../support/law-fixture.ts'
import { runScript, shells as shellWords, testController } from '../support/modules.ts'
import { everything, forms, trap } from './canaries.ts'
import { type Leaf, plant, presentAt } from './schema-leaves.ts'

const run = promisify(execFile)

/** A script made from arguments with a canary in them. */
export interface Hatched {
  readonly leaf: string
  readonly script: Script
  /** It only looks, so that it may be run anywhere. */
  readonly reads: boolean
  /** The text with everything in it: worth the time of a linter. */
  readonly everything: boolean
}

/** Arguments that are code by nature: their text is checked, and not run. */
const code: Readonly<Record<string, string>> = {
  'command.cmd': 'a command line',
  'shell.cmd': 'a text for a shell',
  'shell.executable': 'a program',
  'raw.cmd': 'a text for a shell',
  'raw.executable': 'a program',
  'script.cmd': 'a command line',
  'script.executable': 'a command line',
}

/** Arguments that only together bring every text to the host; further cases beside the module's own. */
const further: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  iptables: [{ chain: 'INPUT', log_prefix: 'a' }],
  unarchive: [{ src: '{{dir}}/a', dest: '{{dir}}', remote_src: true, include: ['a'], extra_opts: ['a'], mode: '0600' }],
  get_url: [
    {
      url: 'http://127.0.0.1:9/a',
      dest: '{{dir}}/a',
      via: 'host',
      force: true,
      headers: { 'X-A': 'b' },
      http_agent: 'a',
      url_username: 'a',
      url_password: 'b',
    },
  ],
}

/** A folder with a trap in it, a scratch folder for arguments, and files for the controller. */
export class Aviary {
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport-canary-'))
  readonly #answers = new Map<string, string>()
  readonly #source = join(this.folder, 'source')

  constructor() {
    mkdirSync(join(this.folder, 'dir'))
    writeFileSync(this.#source, 'text\n')
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  get #trapped(): boolean {
    return existsSync(join(this.folder, 'owned'))
  }

  get #controller(): Controller {
    return testController({
      find: () => this.#source,
      download: () => Promise.resolve(Buffer.from('text\n')),
    })
  }

  /** Every script that a module makes of canaries at a leaf; empty where the schema takes none of them. */
  async hatch(
    name: string,
    module: Module,
    cases: readonly LawCase[],
    leaf: Leaf,
    canaries: readonly string[],
    ways = 3,
  ): Promise<Hatched[]> {
    const found = new Map<string, Hatched>()
    for (const canary of canaries) {
      let taken = 0
      for (const written of [...(further[name] ?? []), ...cases.map((one) => one.args)]) {
        const args = inDir(written, join(this.folder, 'dir'))
        for (const form of forms(canary, presentAt(args, leaf.path)))
          for (const planted of plant(args, leaf.path, form)) {
            if (taken >= ways) break
            const scripts = await this.#scripts(module, planted)
            if (!scripts) continue
            taken++
            const reads = (script: Script, only: boolean) =>
              found.set(script.text, {
                leaf: `${name}.${leaf.label}`,
                script,
                reads: only && code[`${name}.${leaf.label}`] === undefined,
                everything: canary === everything,
              })
            scripts.reading.forEach((script) => reads(script, true))
            scripts.changing.forEach((script) => reads(script, false))
          }
      }
    }
    return [...found.values()]
  }

  async #scripts(module: Module, given: unknown): Promise<{ reading: Script[]; changing: Script[] } | undefined> {
    const parsed = module.args.safeParse(given)
    if (!parsed.success || module.kind === 'controller') return undefined
    if (module.kind === 'session' || module.kind === 'structure') return undefined
    let wish: unknown
    try {
      wish = module.prepare ? await module.prepare(parsed.data, this.#controller) : parsed.data
    } catch {
      // Refused on the controller, before anything is sent.
      return undefined
    }
    if (module.kind === 'action') {
      const guard = module.guard?.(wish)
      return { reading: [...(guard ? [guard] : []), module.run(wish).script], changing: [] }
    }
    const probe = module.probe(wish)
    return { reading: [probe], changing: await this.#apply(module, wish, probe) }
  }

  async #apply(module: Module & { kind: 'state' }, wish: unknown, probe: Script): Promise<Script[]> {
    try {
      const answer = this.#answers.get(probe.text) ?? (await runScript(probe)).stdout.toString()
      this.#answers.set(probe.text, answer)
      const state = module.parse(answer, wish)
      const complete = module.complete ? await module.complete(wish, state, this.#controller) : wish
      const plan = module.plan(complete, state)
      return plan.changes.length > 0 ? [module.apply(complete, state, plan).script] : []
    } catch (error) {
      if (error instanceof Error && error.name === 'UserError') return []
      throw error
    }
  }

  /** The leaves whose scripts some shell cannot parse. */
  async unparsable(scripts: readonly Hatched[], shells: readonly string[]): Promise<string[]> {
    const folder = this.#write(scripts)
    const bad: string[] = []
    for (const shell of shells) {
      const words = shellWords[shell] ?? [shell]
      const loop = `cd "$1"; shift; for f in *; do "$@" -n "$f" 2>&1 || echo "bad $f"; done`
      const { stdout } = await run('sh', ['-c', loop, '-', folder, ...words], { maxBuffer: 1 << 26 })
      for (const [, index] of stdout.matchAll(/^bad (\d+)$/gm))
        bad.push(`${shell}: ${describe(scripts[Number(index)])}`)
    }
    return bad
  }

  /** What shellcheck calls an error in the scripts that have everything in them. */
  async lint(scripts: readonly Hatched[]): Promise<string> {
    const folder = this.#write(scripts.filter((each) => each.everything))
    const files = readdirSync(folder).map((file) => join(folder, file))
    if (files.length === 0) return ''
    const result = await run('shellcheck', ['-s', 'sh', '-S', 'error', '-f', 'gcc', ...files], { maxBuffer: 1 << 26 })
      .then(({ stdout }) => stdout)
      .catch((error: unknown) => String((error as { stdout?: string }).stdout ?? error))
    return result
  }

  /** Runs everything that only looks, under each shell; the leaf whose canary got out. */
  async escaped(scripts: readonly Hatched[], shells: readonly string[]): Promise<string[]> {
    const looking = scripts.filter(({ reads }) => reads)
    const out: string[] = []
    for (const shell of shells) {
      const words = shellWords[shell] ?? [shell]
      await this.#runAll(looking, words)
      if (!this.#trapped) continue
      for (const each of looking) {
        rmSync(join(this.folder, 'owned'), { force: true })
        await this.#runAll([each], words)
        if (this.#trapped) out.push(`${shell}: ${describe(each)}`)
      }
      rmSync(join(this.folder, 'owned'), { force: true })
    }
    return out
  }

  /** Each in a shell of its own: a syntax error in one must not keep the others from being tried. */
  async #runAll(scripts: readonly Hatched[], words: readonly string[]): Promise<void> {
    const folder = this.#write(scripts)
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', [trap]: join(this.folder, 'owned') }
    const loop = 'folder=$1; shift; for f in "$folder"/*; do "$@" "$f" </dev/null >/dev/null 2>&1; done; :'
    // A network of its own: a probe of packet filters or ports has nothing to see there, and nothing to touch.
    await run('unshare', ['-n', 'sh', '-c', loop, '-', folder, ...words], { env, cwd: this.folder })
  }

  #write(scripts: readonly Hatched[]): string {
    const folder = join(this.folder, 'scripts')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    scripts.forEach(({ script }, index) => writeFileSync(join(folder, String(index)), `${script.text}\n`))
    return folder
  }
}

const describe = (hatched: Hatched | undefined): string => `${hatched?.leaf ?? ''}\n${hatched?.script.text ?? ''}`
