import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Value } from '../../../src/source/value.ts'
import type { Case } from './case.ts'
import { variables } from './variables.ts'

export type Answer = { readonly value: Value } | { readonly error: string }

/** The folder that stands for the playbook's: files to look up, templates to include. */
export const folder = fileURLToPath(new URL('files', import.meta.url))

/** The Python that runs ansible-core, from the first line of its command; undefined where it is not installed. */
export function ansiblePython(): string | undefined {
  try {
    const command = execFileSync('sh', ['-c', 'command -v ansible-playbook'], { encoding: 'utf8' }).trim()
    return /^#!\s*(\S+)/.exec(readFileSync(command, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/** What ansible-core makes of each case; `hidden_undefined_fails` removes the one difference that is everywhere. */
export function ask(
  python: string,
  cases: readonly Case[],
  settings: { readonly hidden_undefined_fails?: boolean } = {},
): readonly Answer[] {
  const script = fileURLToPath(new URL('oracle.py', import.meta.url))
  const output = execFileSync(python, [script], {
    input: JSON.stringify({ folder, variables, cases, ...settings }),
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC', SALLYPORT_TEST: 'set', HOME: '/home/someone', LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(output) as readonly Answer[]
}
