import type { LoginStage } from './ssh-errors.ts'

/** What ssh tells of itself with `-v`: its debug lines say how far it has come, the others what went wrong. */
export interface SshLog {
  /** All of it, without `debug1: ` before the lines of that kind. */
  readonly debug: readonly string[]
  /** What ssh would have said without `-v`. */
  readonly said: readonly string[]
  readonly stage: LoginStage
  readonly feed: (chunk: Buffer) => void
}

/** A host that prints banners without end must not fill the controller's memory. */
const most = 1000

const steps: readonly (readonly [RegExp, LoginStage])[] = [
  [/^(Connection established|Executing proxy command|Executing command:)/, 'banner'],
  [/^Remote protocol version /, 'kex'],
  [/^(SSH2_MSG_NEWKEYS received|SSH2_MSG_SERVICE_ACCEPT received)/, 'login'],
]

export function openSshLog(): SshLog {
  const debug: string[] = []
  const said: string[] = []
  let rest = ''
  let stage: LoginStage = 'tcp'
  return {
    debug,
    said,
    get stage() {
      return stage
    },
    feed(chunk) {
      const lines = (rest + chunk.toString('latin1')).split(/\r?\n/)
      rest = (lines.pop() ?? '').slice(-10_000)
      for (const line of lines) {
        const [, text] = /^(?:debug\d: |(?=OpenSSH_\S+, ))(.*)$/s.exec(line) ?? []
        if (text !== undefined) stage = steps.find(([step]) => step.test(text))?.[1] ?? stage
        keep(text === undefined ? said : debug, text ?? line)
      }
    },
  }
}

function keep(lines: string[], line: string): void {
  if (line.trim() !== '' && lines.length < most) lines.push(Buffer.from(line, 'latin1').toString())
}
