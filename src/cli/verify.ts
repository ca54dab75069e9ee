import { addPlayOptions, command, parse, type PlayOptions } from './options.ts'
import { runPlaybooks } from './play-command.ts'

export function run(args: readonly string[]): Promise<number> {
  const spec = addPlayOptions(
    command(
      'verify',
      "Runs the tasks that playbooks tag 'verify' and changes nothing: proofs per host. Exit code 2 when one fails.",
    ),
  ).argument('<playbook...>')
  const parsed = parse<PlayOptions>(spec, args)
  if (typeof parsed === 'number') return Promise.resolve(parsed)
  const { options, operands } = parsed
  return runPlaybooks(operands, 'verify', { ...options, tags: ['verify'] })
}
