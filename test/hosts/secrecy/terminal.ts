import { spawn } from 'node:child_process'
import type { CliResult } from '../../support/cli.ts'
import { program } from '../../support/program.ts'

/**
 * Runs Sallyport on a terminal, by a shell that keeps a history, and answers what it asks: the end of a question and what is
 * typed then, in turn.
 */
export function onTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  answers: readonly (readonly [question: RegExp, typed: string])[] = [],
): Promise<CliResult> {
  const quoted = [process.execPath, program, ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`)
  const child = spawn('script', ['-qefc', 'bash --norc -i', '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', COLUMNS: '80', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.write(`${quoted.join(' ')}; exit $?\n`)
  const left = [...answers]
  let stdout = ''
  let asked = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    const [next] = left
    if (!next?.[0].test(stdout.slice(asked))) return
    asked = stdout.length
    left.shift()
    child.stdin.write(`${next[1]}\n`)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr: '' }))
  })
}
