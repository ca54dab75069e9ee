import { addPlayOptions, command, parse, type PlayOptions } from './options.ts'
import { runPlaybooks } from './play-command.ts'

export function run(args: readonly string[]): Promise<number> {
  const spec = addPlayOptions(
    command('check', 'Says what apply would change, with diffs; read-only. Exit code 3 when anything would change.'),
  )
    .argument('<playbook...>')
    .option('--no-diff', 'do not show what would change in files')
  const parsed = parse<PlayOptions>(spec, args)
  if (typeof parsed === 'number') return Promise.resolve(parsed)
  return runPlaybooks(parsed.operands, 'check', parsed.options)
}
