import { parseArgs } from 'node:util'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inventoryYaml } from './inventory.ts'
import { LabUnavailable, up, type HostSpec, type Suite } from './lab.ts'
import { clearLeftovers } from './run-state.ts'

const SUITES: readonly Suite[] = ['bullseye', 'bookworm', 'trixie']

const USAGE = `usage: npm run lab -- up [--hosts N] [--suite ${SUITES.join('|')}] [--python] [--package NAME]… [--become]
       npm run lab -- bases     build the cached base of every suite
       npm run lab -- down      clear what crashed runs left on this machine
`

function hostSpecs(
  count: number,
  suites: readonly Suite[],
  options: Pick<HostSpec, 'python' | 'packages'>,
): HostSpec[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `web${at + 1}`,
    suite: suites[at % suites.length] ?? 'bookworm',
    ...options,
  }))
}

async function hold(specs: readonly HostSpec[], become: boolean): Promise<void> {
  const began = Date.now()
  const lab = await up(specs)
  const inventory = join(lab.dir, 'inventory.yml')
  await writeFile(inventory, inventoryYaml(lab, { become }))
  for (const host of lab.hosts) console.log(`${host.name}\t${host.suite}\t${host.address}\t${host.address6}`)
  console.log(`\n${inventory}\nup in ${((Date.now() - began) / 1000).toFixed(1)} s; Ctrl-C takes it down`)
  // Nothing of the lab holds the process; its exit handler, which a signal runs, takes everything down.
  setInterval(() => undefined, 1 << 30)
}

async function main(): Promise<number | undefined> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      hosts: { type: 'string', default: '3' },
      suite: { type: 'string', multiple: true, default: [...SUITES] },
      package: { type: 'string', multiple: true, default: [] },
      python: { type: 'boolean', default: false },
      become: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const suites = SUITES.filter((suite) => values.suite.includes(suite))
  const options = { python: values.python, packages: values.package }
  switch (positionals[0]) {
    case 'up':
      await hold(hostSpecs(Number(values.hosts), suites, options), values.become)
      return undefined
    case 'bases':
      await (await up(hostSpecs(suites.length, suites, options))).down()
      return 0
    case 'down':
      console.log(`${await clearLeftovers()} runs cleared`)
      return 0
    default:
      process.stderr.write(USAGE)
      return 1
  }
}

try {
  const code = await main()
  if (code !== undefined) process.exitCode = code
} catch (error) {
  const misused = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
  if (!(error instanceof LabUnavailable) && !misused) throw error
  process.stderr.write(`${error.message}\n${misused ? USAGE : ''}`)
  process.exitCode = 1
}
