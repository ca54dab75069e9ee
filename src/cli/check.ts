import { addDiffOptions, addPlayOptions, command, parse, type PlayOptions } from './options.ts'
import { runPlaybooks } from './play-command.ts'

export function run(args: readonly string[]): Promise<number> {
  const spec = addPlayOptions(
    command('check', 'Says what apply would change, with diffs; read-only. Exit code 3 when anything would change.'),
  ).argument('<playbook...>')
  addDiffOptions(spec, 'shown')
  const parsed = parse<PlayOptions>(spec, args)
  if (typeof parsed === 'number') return Promise.resolve(parsed)
  return runPlaybooks(parsed.operands, 'check', parsed.options)
}
