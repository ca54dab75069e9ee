import { addDiffOptions, addPlayOptions, command, parse, type PlayOptions } from './options.ts'
import { runPlaybooks } from './play-command.ts'

export function run(args: readonly string[]): Promise<number> {
  const spec = addPlayOptions(command('apply', 'Brings the hosts of an inventory to what the playbooks describe.'))
    .argument('<playbook...>')
    .option('-C, --check', 'announce the changes, make none')
  addDiffOptions(spec, 'hidden')
  const parsed = parse<PlayOptions>(spec, args)
  if (typeof parsed === 'number') return Promise.resolve(parsed)
  const { options, operands } = parsed
  return runPlaybooks(operands, options.check ? 'apply-check' : 'apply', options)
}
