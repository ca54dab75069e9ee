import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { StateModule } from '../../src/modules/define.ts'
import type { Session } from '../../src/shell/session.ts'
import type { LabHost } from '../lab/lab.ts'
import { inDir, type LawCase, type Need } from '../support/law-fixture.ts'
import { broken, unannounced } from './announcement.ts'
import { changedPaths, observe, observeBase, type Observation, runningOn } from './observation.ts'
import { openSession, Trial } from './trial.ts'
import { steady } from './volatile.ts'

/** Back to a host without traces of the module, before each start state: one case must not lean on another. */
const fresh: Partial<Record<Need, string>> = {
  iptables: `for t in iptables ip6tables; do $t -F; $t -X; done
rm -rf /etc/sallyport /etc/systemd/system/sallyport-netfilter.service
rm -f /etc/systemd/system/sysinit.target.wants/sallyport-netfilter.service
systemctl daemon-reload; systemctl reset-failed`,
}

/** A lab host on which modules are tried one after the other, each case in a folder of its own. */
export class Bench {
  readonly host: LabHost
  readonly #base: Observation
  readonly #session: Session
  readonly #locked: Session
  #folders = 0

  private constructor(host: LabHost, base: Observation, session: Session, locked: Session) {
    this.host = host
    this.#base = base
    this.#session = session
    this.#locked = locked
  }

  static async open(host: LabHost): Promise<Bench> {
    const sessions = [await openSession(host), await openSession(host, { readOnly: true })] as const
    return new Bench(host, await observeBase(host), ...sessions)
  }

  close(): void {
    this.#session.close()
    this.#locked.close()
  }

  /** Law 1, 2 and 3 from one start state: look without a trace, announce, change, compare, look again. */
  async converges(name: string, module: StateModule, one: LawCase, start: string): Promise<void> {
    await this.#in(module, one, start, async (trial) => {
      const before = await this.#probesWithoutTrace(name, trial)
      const look = await trial.look(this.#session)
      expect(look.plan.refuse, 'refusal').to.equal(undefined)
      const effects = look.plan.effects ?? {}
      const packages = Object.keys(effects.packages ?? {}).length > 0 ? await this.#packages() : undefined
      if (one.fails) return this.#failsCleanly(trial, before)
      if (look.plan.changes.length > 0) await trial.mustApply(this.#session, look)
      const after = await observe(this.host)
      const changed = changedPaths(this.#base, before, after)
      const files = packages === undefined ? new Set<string>() : filesThatDiffer(packages, await this.#packages())
      const silent = await unannounced(this.host, name, one.args, changed, after, effects, files)
      expect(silent, 'changed, but not announced').to.deep.equal([])
      expect(await broken(this.host, effects), 'announced, but not so').to.deep.equal([])
      expect(idle(look.plan.effects?.paths, changed), 'announced as written, but not touched').to.deep.equal([])
      if (one.everyTime) return
      await this.#staysConverged(trial)
      if (module.overlay && beyondEffects(name, one.args) === undefined) {
        const later = await trial.planOn(await trial.wish(), module.overlay(look.state, effects, look.wish))
        expect(later.plan.changes, 'with its effects laid over the old state, still planned').to.deep.equal([])
      }
    })
  }

  /** Law 1 alone, on the host as it is. */
  async looks(name: string, module: StateModule, one: LawCase): Promise<void> {
    await this.#in(module, one, '', (trial) => this.#probesWithoutTrace(name, trial))
  }

  /** Law 2: whatever is altered on a converged host is seen and repaired. */
  async repairs(module: StateModule, one: LawCase): Promise<void> {
    await this.#in(module, one, one.arrange[0] ?? '', async (trial, dir) => {
      const first = await trial.look(this.#session)
      if (first.plan.changes.length > 0) await trial.mustApply(this.#session, first)
      for (const { what, script } of one.drift) {
        await this.#act(script, dir)
        const look = await trial.look(this.#session)
        expect(look.plan.changes, `${what} is seen`).to.not.deep.equal([])
        await trial.mustApply(this.#session, look)
        await this.#staysConverged(trial, `${what} is repaired`)
      }
    })
  }

  async #in(
    module: StateModule,
    one: LawCase,
    start: string,
    body: (trial: Trial, dir: string) => Promise<unknown>,
  ): Promise<void> {
    const dir = `/srv/law/${this.#folders++}`
    const clean = (one.needs ?? []).map((need) => fresh[need] ?? '').join('\n')
    await this.#act(`mkdir -p ${dir}\n${clean}\n${start}`, dir)
    const trial = new Trial(module, one, dir)
    try {
      await body(trial, dir)
    } finally {
      trial.close()
    }
  }

  async #act(snippet: string, dir: string): Promise<void> {
    const { code, stderr } = await this.host.exec(`:\n${inDir(snippet, dir)}`)
    if (code !== 0) throw new Error(`the snippet exited ${code}: ${stderr}\n${snippet}`)
  }

  /** Law 1; gives what was seen of the host afterwards. */
  async #probesWithoutTrace(name: string, trial: Trial): Promise<Observation> {
    const wish = await trial.wish()
    const files = await observe(this.host)
    const running = await runningOn(this.host)
    // First without a chance to write: reading leaves its time on a file where it can.
    const locked = await trial.probe(this.#locked, wish)
    const seen = await trial.probe(this.#session, wish)
    const filesAfter = await observe(this.host)
    let runningAfter = await runningOn(this.host)
    // What is about to end when the answer comes is no trace; what was left stays.
    for (let more = 20; more > 0 && runningAfter.processes.length > running.processes.length; more--) {
      await sleep(100)
      runningAfter = await runningOn(this.host)
    }
    expect(changedPaths(this.#base, files, filesAfter), 'the probe wrote').to.deep.equal([])
    expect(runningAfter.rules, 'packet filter rules after the probe').to.equal(running.rules)
    expect(runningAfter.processes, 'processes after the probe').to.deep.equal(running.processes)
    expect(steady(name, locked.stdout.toString()), 'what a probe sees on a read-only disk').to.equal(
      steady(name, seen.stdout.toString()),
    )
    expect(locked.stderr.toString(), 'what it complains about there').to.equal(seen.stderr.toString())
    return filesAfter
  }

  async #failsCleanly(trial: Trial, before: Observation): Promise<void> {
    const step = await trial.apply(this.#session, await trial.look(this.#session))
    expect(step.code, 'exit code of an apply that must fail').to.not.equal(0)
    expect(changedPaths(this.#base, before, await observe(this.host)), 'changed by a failure').to.deep.equal([])
  }

  async #staysConverged(trial: Trial, what = 'after the apply'): Promise<void> {
    const again = await trial.look(this.#session)
    expect(again.plan.changes, `still planned, ${what}`).to.deep.equal([])
    expect(again.plan.refuse, what).to.equal(undefined)
  }

  /** Every installed package's files, as dpkg has them on record: its version and the list. */
  async #packages(): Promise<PackageFiles> {
    const { stdout } = await this.host.exec(`dpkg-query -W -f '\${binary:Package} \${Version} \${db:Status-Status}\\n' |
while read -r name version status; do
  printf '= %s %s %s\\n' "$name" "$version" "$status"
  cat "/var/lib/dpkg/info/$name.list" "/var/lib/dpkg/info/$name.conffiles" 2>/dev/null
done`)
    return new Map(
      stdout
        .split(/^= /m)
        .slice(1)
        .map((block) => {
          const [head = '', ...files] = block.split('\n')
          return [head, files]
        }),
    )
  }
}

/** `NAME VERSION STATUS` → files. */
type PackageFiles = ReadonlyMap<string, readonly string[]>

/** The files of all packages that came or went: the announced ones, and those they depend on. */
function filesThatDiffer(before: PackageFiles, after: PackageFiles): Set<string> {
  const differ = (one: PackageFiles, other: PackageFiles) => [...one].filter(([head]) => !other.has(head))
  const files = [...differ(before, after), ...differ(after, before)].flatMap(([, paths]) => paths)
  // Debian's /lib is /usr/lib.
  return new Set(files.flatMap((path) => [path, `/usr${path}`]))
}

/** Paths of which an effect says that their content changes, and that nothing wrote to. */
function idle(
  paths: Readonly<Record<string, { readonly contentChanges?: boolean }>> = {},
  changed: readonly string[],
): string[] {
  return Object.keys(paths).filter((path) => paths[path]?.contentChanges && !changed.includes(path))
}

/**
 * Why a second task of the same wish is announced again in a check run: effects have no word for what it changes. It
 * errs on the safe side, and a real run looks again.
 */
function beyondEffects(name: string, args: Readonly<Record<string, unknown>>): string | undefined {
  if (name === 'netfilter' || name === 'iptables') return 'packet filter rules'
  if (name === 'hostname') return "the kernel's settings"
  if (args['recurse']) return 'attributes of all that is below'
  if (args['modification_time'] !== undefined && args['modification_time'] !== 'preserve') return 'times'
  if (args['state'] === 'hard') return 'that two names are one file'
  if (args['masked'] !== undefined) return 'masking'
  if (args['daemon_reload']) return "systemd's view of its files"
  return undefined
}
