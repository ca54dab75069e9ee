import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { dateTimeOf } from './python/datetime.ts'
import type { PyValue } from './values.ts'

/** A template file: how it was named, where it is, and where what comes of it will be. */
export interface TemplateFile {
  readonly written: string
  readonly path: string
  readonly dest?: string | undefined
}

/** What Ansible's `template`, module and lookup, tells a template file of itself. */
export function fileVariables({ written, path, dest }: TemplateFile): ReadonlyMap<string, PyValue> {
  const { mtime, uid } = statSync(path)
  return new Map<string, PyValue>([
    ['ansible_managed', 'Ansible managed'],
    ['template_host', hostname()],
    ['template_path', written],
    ['template_fullpath', path],
    ['template_destpath', dest ?? null],
    ['template_mtime', dateTimeOf(mtime)],
    ['template_run_date', dateTimeOf(new Date())],
    ['template_uid', userName(uid)],
  ])
}

/** As this machine's accounts have it; the number where it has none. */
function userName(uid: number): PyValue {
  const line = passwd().find((entry) => Number(entry[2]) === uid)
  return line?.[0] ?? uid
}

let accounts: readonly (readonly string[])[] | undefined

function passwd(): readonly (readonly string[])[] {
  return (accounts ??= readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':')))
}
