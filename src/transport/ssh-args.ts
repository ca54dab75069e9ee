import { UserError } from '../errors.ts'
import { parseOptionLine } from './ssh-option-line.ts'
import { type Draft, type OptionContext, setOption } from './ssh-options.ts'
import { splitWords } from './ssh-words.ts'

/**
 * Reads ssh's arguments as people write them for Ansible (`-o Option=value -J bastion`), where `source` is what the
 * text is called: `ansible_ssh_common_args`. As in ssh, the first value of an option counts.
 * @throws UserError
 */
export function addSshArgs(draft: Draft, text: string, context: OptionContext & { readonly source: string }): void {
  const { source } = context
  const words = splitWords(text, source)
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const letter = word.slice(0, 2)
    if (letter === '-o' || letter === '-F' || letter in optionOf) {
      const value = word.length > 2 ? word.slice(2) : words.shift()
      if (value === undefined) throw new UserError(`${source}: ${letter} wants a value`)
      if (letter === '-F') draft.configFile ??= value
      else add(draft, letter === '-o' ? value : `${optionOf[letter]} ${quoted(value)}`, context)
    } else if (!/^-[CqvTxnak]+$/.test(word)) {
      // The letters above ask for what is so anyway, or for what only a terminal would show.
      throw unknown(word, source)
    }
  }
}

const optionOf: Readonly<Record<string, string>> = {
  '-J': 'ProxyJump',
  '-p': 'Port',
  '-l': 'User',
  '-i': 'IdentityFile',
}

const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`

function add(draft: Draft, text: string, context: OptionContext & { readonly source: string }): void {
  const line = parseOptionLine(text, context.source)
  if (line === undefined) throw new UserError(`${context.source}: -o wants an option`)
  if (!setOption(draft, line, context)) throw unknown(`-o ${line.name}=${line.value}`, context.source)
}

function unknown(what: string, source: string): UserError {
  return new UserError(`${source}: the ssh option "${what}" is not supported`, {
    hint: 'the built-in SSH client would ignore it, so it must not stand there; ansible_connection: openssh takes it',
  })
}
