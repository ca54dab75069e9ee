import { randomUUID } from 'node:crypto'
import type { CommandResult } from '../../lab/command.ts'
import { formsOf } from './forms.ts'

/** Looks again and again for files that were written since and hold a secret, however short a time they are there. */
export interface FileWatch {
  /** Ends the watching; every file that was seen. */
  stop(): Promise<readonly string[]>
}

export interface Watched {
  /** Runs a script where the files are. */
  readonly run: (script: string, options?: { input?: string }) => Promise<CommandResult>
  readonly dirs: readonly string[]
  /** Only files of these modes, as `find -perm` takes them. */
  readonly perm: string
  readonly secrets: readonly string[]
}

export async function watchFiles({ run, dirs, perm, secrets }: Watched): Promise<FileWatch> {
  const own = `/dev/shm/.watch-${randomUUID()}`
  const patterns = secrets.flatMap(formsOf).join('\n')
  const ready = await run(`umask 077; mkdir ${own} && cat >${own}/patterns && touch ${own}/stamp`, {
    input: `${patterns}\n`,
  })
  if (ready.code !== 0) throw new Error(ready.stderr)
  // By the time of its last change, which nobody can set back as one can that of its content.
  const look = `find ${dirs.join(' ')} -type f -newercm ${own}/stamp -perm ${perm} -exec grep -l -a -F -f ${own}/patterns {} + 2>/dev/null`
  const looking = run(
    `{ while [ ! -e ${own}/stop ]; do ${look}; sleep 0.03; done; ${look}; } | sort -u >${own}/seen; cat ${own}/seen; rm -r ${own}`,
  )
  return {
    async stop() {
      await run(`touch ${own}/stop`)
      const { stdout } = await looking
      return stdout.split('\n').filter((line) => line !== '')
    },
  }
}
