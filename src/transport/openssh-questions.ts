import type { Answer } from './openssh-askpass.ts'
import { firstLine } from './ssh-errors.ts'
import { type Target, Unreachable } from './transport.ts'

/** The passphrases of a run: a person is asked once for each key, for all hosts. */
export interface Passphrases {
  ask(file: string, ask: NonNullable<Target['passphrase']>): Promise<string | undefined>
}

export function openPassphrases(): Passphrases {
  const known = new Map<string, Promise<string | undefined>>()
  return {
    ask(file, ask) {
      const before = known.get(file)
      if (before) return before
      const asking = ask(file)
      known.set(file, asking)
      return asking
    },
  }
}

export interface QuestionContext {
  readonly target: Target
  readonly where: string
  readonly passphrases: Passphrases
  /** Holds the clock while a person types. */
  readonly pause: <T>(waiting: Promise<T>) => Promise<T>
  /** Ends the login with its error. */
  readonly fail: (error: Unreachable) => void
}

/** Answers the questions of one login. `notes` is what they have to say when it fails. */
export function answerer(context: QuestionContext): { readonly answer: Answer; readonly notes: readonly string[] } {
  const { target, where, passphrases, pause, fail } = context
  const who = `${target.user}@${where}`
  const notes: string[] = []
  let given = false

  const secret = async (file: string): Promise<string | undefined> => {
    if (target.passphrase === undefined) {
      notes.push(`${file} is encrypted and nobody is there to ask for its passphrase`)
      return undefined
    }
    notes.push(`if ${file} was to be used: is its passphrase right?`)
    return pause(passphrases.ask(file, target.passphrase))
  }
  /** The same wrong password a second time, by another method, would count towards a lock-out. */
  const password = (): string | undefined => {
    if (!given) {
      given = true
      return target.password
    }
    fail(
      new Unreachable(
        'login',
        `${who} refused the password`,
        'is it the right user? root may need PermitRootLogin yes',
      ),
    )
    return undefined
  }
  return {
    notes,
    async answer(question) {
      const [, file] = /(?:passphrase|PIN) for (?:[\w-]+ )?(?:key )?'?(.+?)'?: ?$/i.exec(question) ?? []
      if (file !== undefined) return secret(file)
      if (/(old|new) password: ?$/i.test(question)) {
        fail(new Unreachable('login', `the password of ${who} has expired`, 'log in by hand and change it'))
        return undefined
      }
      // Everything else that ssh asks comes from the host, in whatever language; `asks` says what cannot be a password.
      const asked = firstLine(question.replace(/^\([^)]*\) /, ''))
      if (/\b(code|token|otp|passcode|pin|one-time|yes\/no)\b/i.test(asked)) {
        fail(new Unreachable('login', `${where} asks "${asked}", which only a person can answer`, 'log in with a key'))
        return undefined
      }
      return password()
    },
  }
}
