import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, attemptSync } from './command.ts'
import { LabUnavailable } from './lab-unavailable.ts'
import { clearTraces } from './clear.ts'
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

/** Takes a free index and writes the state file *before* anything is made under it. */
export async function beginRun(runsDir: string): Promise<Run> {
  return withLock(lockFile, async () => {
    const runs = readRuns()
    for (const run of runs) if (!alive(run)) endRunLocked(run)
    // Left by a machine that went down: nothing is mounted there any more.
    await mkdir(runsDir, { recursive: true })
    const live = new Set(runs.filter(alive).map((run) => run.dir))
    for (const name of readdirSync(runsDir)) {
      const dir = join(runsDir, name)
      if (!live.has(dir)) await rm(dir, { recursive: true, force: true })
    }
    const taken = new Set(runs.filter(alive).map((run) => run.index))
    for (let index = 0; index < MAX_RUNS; index++) {
      if (taken.has(index) || (await inUse(index))) continue
      const dir = join(runsDir, String(index))
      const run: Run = { index, dir, owner: { pid: process.pid, startTime: startTime(process.pid) ?? '' } }
      writeFileSync(stateFile(index), JSON.stringify(run))
      mkdirSync(join(dir, 'hosts'), { recursive: true })
      raiseSysctls(stateDir)
      return run
    }
    throw new LabUnavailable(`${MAX_RUNS} labs are up already`)
  })
}

// Somebody else's bridge or route of the same name or range: pass it over, it is not ours to touch.
async function inUse(index: number): Promise<boolean> {
  if ((await attempt('ip', ['link', 'show', bridgeName(index)])).code === 0) return true
  const routes = await attempt('ip', ['-4', 'route', 'show', 'root', `10.213.${index}.0/24`])
  return routes.stdout.trim() !== ''
}

/** Ends a run: whatever it made on the machine is gone afterwards. Synchronous, so that it works in an exit handler. */
export function endRun(run: Run): void {
  const problems = clearTraces(run)
  // The last lab that leaves puts the machine's settings back; under the lock, or it could undo those of one that starts.
  attemptSync('flock', [lockFile, 'sh', '-c', SYSCTL_RESTORE, 'sh', stateFile(run.index), stateDir])
  if (problems.length > 0) process.stderr.write(`lab ${run.index}: could not clear ${problems.join('; ')}\n`)
}

function endRunLocked(run: Run): void {
  const problems = clearTraces(run)
  rmSync(stateFile(run.index), { force: true })
  if (problems.length > 0) process.stderr.write(`lab ${run.index}: could not clear ${problems.join('; ')}\n`)
}

/** Clears what crashed runs left; live runs are not touched. Returns how many were cleared. */
export async function clearLeftovers(): Promise<number> {
  const dead = await withLock(lockFile, () => Promise.resolve(readRuns().filter((run) => !alive(run))))
  for (const run of dead) endRun(run)
  return dead.length
}
