import { UserError } from '../errors.ts'
import { parsePort, splitWords } from './ssh-words.ts'

export interface JumpSpec {
  readonly user?: string
  readonly host: string
  readonly port?: number
  readonly identityFiles?: readonly string[]
}

/** ProxyJump's `[user@]host[:port],…`; an empty list for `none`. @throws UserError */
export function parseJumps(text: string, source: string): JumpSpec[] {
  if (text.toLowerCase() === 'none') return []
  return text.split(',').map((hop) => {
    const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(\[[^\]]+\]|[^:[\]@\s]+)(?::(\d+))?\/?$/.exec(hop.trim())
    const [, user, host, port] = match ?? []
    if (host === undefined) throw new UserError(`${source}: "${hop}" is no jump host`, { hint: 'user@host:port' })
    return {
      host: host.replace(/^\[|\]$/g, ''),
      ...(user === undefined ? {} : { user }),
      ...(port === undefined ? {} : { port: parsePort(port, source) }),
    }
  })
}

/**
 * The jump host of `ssh -W %h:%p … user@bastion`, which is what ProxyJump was called before OpenSSH 7.3: as a jump
 * host it is logged in to once for all the hosts behind it. Undefined for any other command.
 */
export function jumpOfCommand(command: string, source: string): readonly JumpSpec[] | undefined {
  const [program, ...words] = splitWords(command, source)
  if (program === undefined || !/(^|\/)ssh$/.test(program)) return undefined
  let jump: JumpSpec | undefined
  let more: Partial<JumpSpec> = {}
  let forwards = false
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const flag = word.slice(0, 2)
    if (/^-[WpliJ]/.test(flag)) {
      const value = word.length > 2 ? word.slice(2) : words.shift()
      if (value === undefined) return undefined
      if (flag === '-W' && value === '%h:%p') forwards = true
      else if (flag === '-p') more = { port: parsePort(value, source), ...more }
      else if (flag === '-l') more = { user: value, ...more }
      else if (flag === '-i') more = { ...more, identityFiles: [...(more.identityFiles ?? []), value] }
      else return undefined
    } else if (jump === undefined && !word.startsWith('-')) [jump] = parseJumps(word, source)
    else if (!/^-[CqvTxnak]+$/.test(word)) return undefined
  }
  return forwards && jump ? [{ ...more, ...jump }] : undefined
}
