import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UserError } from '../errors.ts'

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
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write(`${question}: `)
  return new Promise((resolve, reject) => {
    lines.question('', (answer) => {
      process.stderr.write('\n')
      lines.close()
      resolve(answer)
    })
    lines.on('SIGINT', () => {
      process.stderr.write('\n')
      lines.close()
      reject(new UserError('interrupted'))
    })
  })
}
