import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import type { RunEvent } from '../report/events.ts'
import { createTally, isBehind, standingOf } from '../report/stats.ts'
import type { Settings } from '../settings/settings.ts'
import { shortPath } from '../source/short-path.ts'
import { warnOnStderr } from './errors.ts'

/**
 * The hosts that are not through (failed, unreachable, cut off, never started), one a line, in `PLAYBOOK.retry` beside
 * the playbook or in `retry_files_save_path`, for `--limit @FILE`; `retry_files_enabled = false` does without. Where
 * nobody asked for it, a folder that cannot be written to is no failure of the run.
 */
export function retryFile(playbooks: readonly string[], settings: Settings) {
  const tally = createTally()
  return {
    on: (event: RunEvent): void => tally.add(event),
    async save(): Promise<void> {
      const states = tally.states()
      const hosts = Object.entries(tally.hosts()).flatMap(([host, stats]) =>
        isBehind(standingOf(stats, states.get(host))) ? [host] : [],
      )
      const [playbook] = playbooks
      if (settings.retryFilesEnabled === false || playbook === undefined || hosts.length === 0) return
      const folder = settings.retryFilesSavePath ?? dirname(resolve(playbook))
      const file = join(folder, `${basename(playbook, extname(playbook))}.retry`)
      try {
        await mkdir(folder, { recursive: true })
        await writeFile(
          file,
          [...hosts]
            .sort()
            .map((host) => `${host}\n`)
            .join(''),
        )
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
        const message = `cannot write ${file}: ${code}`
        const hint = 'retry_files_save_path names another folder, retry_files_enabled = false does without'
        if (settings.retryFilesEnabled === true) throw new UserError(message, { hint })
        return warnOnStderr({ message, hint, at: undefined })
      }
      process.stderr.write(`to go on with the hosts that are not done: --limit @${shortPath(file)}\n`)
    },
  }
}
