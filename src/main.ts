#!/usr/bin/env node
import { readFileSync } from 'node:fs'

/** A command's module: takes the arguments behind its name, resolves to the exit code. */
interface CommandModule {
  run(args: readonly string[]): Promise<number>
}

/** Every command; each is loaded when it is called, so that start-up does not grow with their number. */
const commands: Readonly<Record<string, { summary: string; load: () => Promise<CommandModule> }>> = {
  apply: {
    summary: 'bring the hosts of an inventory to what a playbook describes',
    load: () => import('./cli/apply.ts'),
  },
  check: {
    summary: 'say what apply would change, read-only; exit 3 if anything',
    load: () => import('./cli/check.ts'),
  },
  verify: {
    summary: 'prove on every host that what a playbook set up works; else exit 2',
    load: () => import('./cli/verify.ts'),
  },
  inventory: {
    summary: 'the hosts, groups and variables of an inventory, as Ansible does',
    load: () => import('./cli/inventory.ts'),
  },
  vault: { summary: "encrypted files and values, in Ansible's format", load: () => import('./cli/vault.ts') },
  schema: { summary: 'JSON Schemas, so that an editor completes and checks', load: () => import('./cli/schema.ts') },
  lint: { summary: 'check playbooks and inventories without any host', load: () => import('./cli/lint.ts') },
  report: { summary: 'several runs as one: their recaps joined', load: () => import('./cli/report.ts') },
  doc: { summary: 'the modules, and what each takes and returns', load: () => import('./cli/doc.ts') },
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === '--version' || name === '-V') {
    process.stdout.write(`sallyport ${version()}\n`)
    return 0
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    ;(name === undefined ? process.stderr : process.stdout).write(help())
    return name === undefined ? 1 : 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    const { didYouMean } = await import('./source/suggest.ts')
    const meant = didYouMean(name, Object.keys(commands))
    const hint = meant === undefined ? `\n${help()}` : `did you mean '${meant}'?\n`
    process.stderr.write(`sallyport: there is no command '${name}'\n${hint}`)
    return 1
  }
  const { run } = await command.load()
  return run(rest)
}

function version(): string {
  const file = new URL('../package.json', import.meta.url)
  const { version: own } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return own
}

function help(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`)
  return `Usage: sallyport COMMAND [OPTIONS]

Agentless provisioning over SSH: exact read-only checks, atomic changes, proofs.

Commands:
${rows.join('\n')}

  sallyport COMMAND --help   what it takes
  sallyport --version
`
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  async (error: unknown) => {
    const { reportError } = await import('./cli/errors.ts')
    process.exitCode = reportError(error)
  },
)
