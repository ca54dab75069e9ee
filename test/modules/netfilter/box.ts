import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Plan, StateModule, StepResult } from '../../../src/modules/define.ts'
import netfilter from '../../../src/modules/netfilter/index.ts'
import type { NetfilterArgs } from '../../../src/modules/netfilter/arguments.ts'
import type { State } from '../../../src/modules/netfilter/host-rules.ts'
import type { State as IptablesState } from '../../../src/modules/netfilter/iptables/state.ts'
import { Script } from '../../../src/shell/script.ts'
import { shells } from '../../support/modules.ts'

export type Variant = 'nft' | 'legacy'
export const bothVariants: readonly Variant[] = ['nft', 'legacy']

/** How much of a suite runs: `npm test` has a sample of the long ones. */
export type Extent = 'sample' | 'whole'

export const module: StateModule<typeof netfilter.args, NetfilterArgs, State> = netfilter

/** What the iptables back-end found. */
export const found = (state: State): IptablesState => state.found.iptables as IptablesState

/**
 * A bare network namespace with a mount namespace over this machine's files, in which /etc is a copy to write on: all
 * that the module does stays inside and is gone with the last process.
 */
export class Box {
  readonly #holder: ChildProcess
  readonly #dir: string
  readonly pid: number

  private constructor(holder: ChildProcess, pid: number, dir: string) {
    this.#holder = holder
    this.pid = pid
    this.#dir = dir
  }

  /** `layers`: those of another Debian, the topmost first, instead of this machine's files. */
  static async open(variant: Variant = 'nft', layers: readonly string[] = []): Promise<Box> {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-box-'))
    const namespaces = ['-n', '-m', '--propagation', 'private']
    const holder = spawn('unshare', [...namespaces, 'sh', '-e', '-c', setUp, 'box', dir, variant, layers.join(':')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const stdout = holder.stdout
    if (!stdout || holder.pid === undefined) throw new Error('no namespace')
    const [ready] = (await Promise.race([once(stdout, 'data'), once(holder, 'exit')])) as [Buffer | number]
    if (!Buffer.isBuffer(ready)) throw new Error('the namespace could not be made; these tests need root')
    return new Box(holder, holder.pid, dir)
  }

  async close(): Promise<void> {
    this.#holder.kill('SIGKILL')
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) await once(this.#holder, 'exit')
    await rmdir(this.#dir)
  }

  /** A long-running process of this machine's on the box's network. */
  spawnBeside(command: readonly string[]): ChildProcess {
    return spawn('nsenter', ['-t', String(this.pid), '-n', '--', ...command], { stdio: ['pipe', 'pipe', 'pipe'] })
  }

  /** A long-running process inside. */
  spawn(command: readonly string[]): ChildProcess {
    return spawn('nsenter', ['-t', String(this.pid), '-n', '-m', '-r', '--', ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  }

  /** A script the way a session runs it: on the shell's stdin, in a subshell without one. */
  async run(
    script: Script | string,
    { shell = 'dash', setE = false, strace = [] as readonly string[] } = {},
  ): Promise<StepResult> {
    const text = script instanceof Script ? script.text : script
    const child = spawn(
      'nsenter',
      [
        '-t',
        String(this.pid),
        '-n',
        '-m',
        '-r',
        '-w/',
        '--',
        'env',
        '-i',
        ...environment,
        ...strace,
        ...(shells[shell] ?? [shell]),
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    )
    const started = Date.now()
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => undefined)
    child.stdin.end(`(\n${setE ? 'set -e\n' : ''}${text}\n) </dev/null\n`)
    const [code] = (await once(child, 'close')) as [number | null]
    return {
      code: code ?? 255,
      stdout: Buffer.concat(out),
      stderr: Buffer.concat(err),
      timedOut: false,
      ms: Date.now() - started,
    }
  }

  /** Output of a script that must succeed. */
  async text(script: Script | string): Promise<string> {
    const step = await this.run(script)
    if (step.code !== 0)
      throw new Error(`${typeof script === 'string' ? script : 'script'}: exit ${step.code}: ${step.stderr.toString()}`)
    return step.stdout.toString()
  }

  async probe(args: NetfilterArgs, shell = 'dash'): Promise<State> {
    const step = await this.run(module.probe(args), { shell })
    if (step.code !== 0) throw new Error(`probe: exit ${step.code}: ${step.stderr.toString()}`)
    return module.parse(step.stdout.toString(), args)
  }

  async plan(given: unknown, shell = 'dash'): Promise<Plan> {
    const args = module.args.parse(given)
    return module.plan(args, await this.probe(args, shell))
  }

  /** probe → plan → apply → probe → plan. */
  async converge(given: unknown = {}, shell = 'dash'): Promise<{ plan: Plan; again: Plan; after: State }> {
    const args = module.args.parse(given)
    const before = await this.probe(args, shell)
    const plan = module.plan(args, before)
    if (plan.refuse !== undefined) throw new Error(`refused: ${plan.refuse}`)
    if (plan.changes.length > 0) {
      const step = await this.run(module.apply(args, before, plan).script, { shell, setE: true })
      if (step.code !== 0) throw new Error(`apply: exit ${step.code}: ${step.stderr.toString()}`)
    }
    const after = await this.probe(args, shell)
    return { plan, again: module.plan(args, after), after }
  }

  /** Both families' filter tables with counters, without the lines that carry a date. */
  rules(): Promise<string> {
    return this.text(`for t in iptables ip6tables; do $t-save -c -t filter | grep -v '^#'; done`)
  }
}

export const what = (plan: Plan): string[] => plan.changes.map((change) => change.what)

const environment = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C', 'HOME=/root']

const setUp = `
dir=$1 variant=$2 layers=$3 root=''
mount -t tmpfs box "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
if [ -n "$layers" ]; then
  root=$dir/root
  mount -t overlay -o "lowerdir=$layers,upperdir=$dir/upper,workdir=$dir/work" box "$root"
  mount -t proc box "$root/proc"
  mount --rbind /dev "$root/dev"
else
  mount -t overlay -o "lowerdir=/etc,upperdir=$dir/upper,workdir=$dir/work" box /etc
fi
mount -t tmpfs box "$root/run"
mkdir "$root/run/sshd"
for tool in iptables ip6tables; do
  for suffix in '' -save -restore; do
    ln -sf "/usr/sbin/$tool-$variant$suffix" "$root/etc/alternatives/$tool$suffix"
  done
done
rm -rf "$root/etc/sallyport"
[ -n "$layers" ] || rm -f /etc/nftables.conf
ip link set lo up
echo ready
# Ends with the test process, however that ends.
exec chroot "$root/" cat`
