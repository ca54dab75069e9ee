import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, attemptSync } from './command.ts'
import { LabUnavailable } from './lab-unavailable.ts'
import { clearTraces, removeRunFolder } from './clear.ts'
import { withLock } from './lock.ts'
import { bridgeName, stateDir, type Run } from './names.ts'
import { raiseSysctls, SYSCTL_RESTORE } from './sysctls.ts'

const lockFile = join(stateDir, 'lock')
const MAX_RUNS = 64

const stateFile = (index: number): string => join(stateDir, `${index}.json`)

// Field 22 of /proc/PID/stat: with it, a pid that was given to somebody else is not mistaken for the owner. A zombie is dead.
function startTime(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

const alive = (run: Run): boolean => startTime(run.owner.pid) === run.owner.startTime

function readRuns(): Run[] {
  mkdirSync(stateDir, { recursive: true })
  return readdirSync(stateDir)
    .filter((name) => /^\d+\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(stateDir, name), 'utf8')) as Run)
}

/** The living process that has lab `index` at the moment. */
export const ownerOf = (index: number): number | undefined =>
  readRuns().find((run) => run.index === index && alive(run))?.owner.pid

/** Takes a free index and writes the state file *before* anything is made under it. */
export async function beginRun(runsDir: string): Promise<Run> {
  mkdirSync(runsDir, { recursive: true })
  return withLock(lockFile, async () => {
    await clearDead(readRuns())
    const live = readRuns()
    // Left by a machine that went down, and its state files with it.
    for (const dir of readdirSync(runsDir).map((name) => join(runsDir, name))) {
      if (!live.some((run) => run.dir === dir)) removeRunFolder(dir)
    }
    const index = await freeIndex(live)
    const dir = join(runsDir, String(index))
    const run: Run = { index, dir, owner: { pid: process.pid, startTime: startTime(process.pid) ?? '' } }
    writeFileSync(stateFile(index), JSON.stringify(run))
    mkdirSync(join(dir, 'hosts'), { recursive: true })
    raiseSysctls(stateDir)
    return run
  })
}

async function freeIndex(live: readonly Run[]): Promise<number> {
  for (let index = 0; index < MAX_RUNS; index++) {
    if (!live.some((run) => run.index === index) && !(await inUse(index))) return index
  }
  throw new LabUnavailable(`${MAX_RUNS} labs are up already`)
}

// Somebody else's bridge or route of the same name or range: pass it over, it is not ours to touch.
async function inUse(index: number): Promise<boolean> {
  if ((await attempt('ip', ['link', 'show', bridgeName(index)])).code === 0) return true
  const routes = await attempt('ip', ['-4', 'route', 'show', 'root', `10.213.${index}.0/24`])
  return routes.stdout.trim() !== ''
}

/** Ends a run: whatever it made on the machine is gone afterwards. Synchronous, so that it works in an exit handler. */
export function endRun(run: Run): void {
  clearAloud(run)
  // Under the lock: the last one to leave must not put settings back that one that starts has just raised.
  attemptSync('flock', [lockFile, ...leave(run)])
}

/** Clears what crashed runs left; live runs are not touched. Returns how many were cleared. */
export async function clearLeftovers(): Promise<number> {
  return withLock(lockFile, async () => clearDead(readRuns()))
}

// The caller holds the lock, or an index could be taken anew while it is cleared.
async function clearDead(runs: readonly Run[]): Promise<number> {
  const dead = runs.filter((run) => !alive(run))
  for (const run of dead) {
    clearAloud(run)
    const [command = '', ...args] = leave(run)
    await attempt(command, args)
  }
  return dead.length
}

const leave = (run: Run): string[] => ['sh', '-c', SYSCTL_RESTORE, 'sh', stateFile(run.index), stateDir]

function clearAloud(run: Run): void {
  const problems = clearTraces(run)
  if (problems.length > 0) process.stderr.write(`lab ${run.index}: could not clear ${problems.join('; ')}\n`)
}
