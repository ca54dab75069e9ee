import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UserError } from '../errors.ts'

/** Ctrl-C at a prompt. */
export class Interrupted extends Error {}

export function canPrompt(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/** Asks for a secret on the terminal without showing what is typed. */
export function promptSecret(question: string): Promise<string> {
  if (!canPrompt()) {
    return Promise.reject(
      new UserError(`there is no terminal to ask: ${question}`, {
        hint: 'hand it over by a file, a vault or the environment',
      }),
    )
  }
  return promptText(question, false)
}

/** Asks on the terminal; what is typed is shown only with `echo`. Rejects with `Interrupted` at Ctrl-C. */
export function promptText(question: string, echo: boolean): Promise<string> {
  const output = echo ? process.stderr : new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  if (!echo) process.stderr.write(`${question}: `)
  return new Promise((resolve, reject) => {
    // Whatever ends the prompt: a promise left open would let the process end as if all were well.
    lines.on('close', () => {
      if (!echo) process.stderr.write('\n')
      reject(new UserError(`no answer: ${question}`))
    })
    lines.on('SIGINT', () => {
      reject(new Interrupted())
      lines.close()
    })
    lines.question(echo ? `${question}: ` : '', (answer) => {
      resolve(answer)
      lines.close()
    })
  })
}
