import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inDir } from '../../support/law-fixture.ts'
import { ansiblePython } from '../template/ask.ts'
import type { Answer, Case } from './case.ts'
import { folderOf, outcomeOf } from './folder.ts'

interface TaskReport {
  readonly failed?: boolean | null
  readonly changed?: boolean | null
  readonly msg?: unknown
}

/** What ansible-core's own modules make of each case, each task twice; undefined where it is not installed. */
export function ask(cases: readonly Case[]): readonly Answer[] | undefined {
  const python = ansiblePython()
  if (python === undefined) return undefined
  const dirs = cases.map(folderOf)
  try {
    const tasks = cases.flatMap(({ module, args }, index) => {
      const dir = dirs[index] ?? ''
      const task = { module, args: inDir(args, dir), path: `${dir}/bin:/usr/sbin:/usr/bin:/sbin:/bin` }
      return [task, task]
    })
    const output = execFileSync(python, [fileURLToPath(new URL('oracle.py', import.meta.url))], {
      input: JSON.stringify(tasks),
      encoding: 'utf8',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LC_ALL: 'C.UTF-8' },
      maxBuffer: 1 << 28,
    })
    const reports = JSON.parse(output) as readonly TaskReport[]
    return dirs.map((dir, index) => {
      const [first = {}, second = {}] = reports.slice(index * 2)
      const changed = (report: TaskReport) => (report.failed === true ? null : report.changed === true)
      // Python names its temporary files by chance.
      const plain = (text: string) => text.replaceAll(dir, '{{dir}}').replace(/\/tmp[a-z0-9_]{8}(?=')/g, '/tmp…')
      const msg = typeof first.msg === 'string' ? plain(first.msg) : ''
      return { changed: [changed(first), changed(second)], msg, ...outcomeOf(dir) }
    })
  } finally {
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
  }
}
