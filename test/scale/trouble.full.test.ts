import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPane, tmuxMissing } from '../report/support/tmux.ts'
import { program } from '../support/program.ts'
import { workModule } from '../support/work-module.ts'
import { type Keys, makeKeys, needSshd } from '../transport/sshd.ts'
import { startTroubles, type Trouble, type Troubles } from './trouble.ts'

/** With `SALLYPORT_SCALE=2000` as large as one likes; each good host costs two processes and 40 ms of this machine. */
const size = Number(process.env['SALLYPORT_SCALE'] ?? 400)
const spinner = /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /

describe(`${size} hosts, of which every twentieth is in trouble in each way there is`, function () {
  this.timeout(600_000)
  let keys: Keys
  let troubles: Troubles
  before(async function () {
    needSshd(this)
    const missing = tmuxMissing()
    if (missing !== undefined) {
      if (process.env['CI'] === 'true') throw new Error(missing)
      this.skip()
    }
    keys = makeKeys()
    troubles = await startTroubles(keys)
  })
  after(async () => {
    await troubles?.stop()
    keys?.clean()
  })

  it('end, each with its own outcome, and the screen, the recap, the retry file and the exit code say so', async () => {
    const fleet = fleetOf(size, troubles)
    const file = (name: string): string => join(keys.dir, name)
    await writeFile(file('hosts.json'), inventory(fleet))
    await writeFile(file('site.yml'), playbook)
    await mkdir(file('library'))
    await writeFile(file('library/work.mjs'), workModule)
    const args = ['--forks', '50', '--junit', 'report.xml']
    const ssh = `-o UserKnownHostsFile=${file('known')} -o IdentitiesOnly=yes`
    await writeFile(
      file('run.sh'),
      `cd ${keys.dir}; ${process.execPath} ${program} apply site.yml -i hosts.json ${args.join(' ')} --ssh-common-args '${ssh}'; echo $? >code.new; mv code.new code`,
    )
    const pane = openPane(`sh ${file('run.sh')}`, { HOME: keys.dir })
    let rows = 0
    let last: string[] = []
    try {
      do {
        await sleep(500)
        last = pane.lines()
        const from = last.findLastIndex((line) => spinner.test(line))
        if (from >= 0) rows = Math.max(rows, last.length - from)
      } while (!existsSync(file('code')))
      last = pane.lines({ all: true })
    } finally {
      pane.close()
    }
    expect(readFileSync(file('code'), 'utf8'), last.join('\n')).to.equal('4\n')
    expect(rows).to.be.within(3, 10)

    const seen = outcomes(readFileSync(file('report.xml'), 'utf8'))
    const wrong = [...fleet].flatMap(([host, { outcome, says }]) => {
      const { type, text } = seen.get(host) ?? { type: 'missing', text: '' }
      return type === outcome && says.test(text) ? [] : [`${host}: ${type} ${text}`]
    })
    expect(wrong).to.deep.equal([])
    expect(seen.size).to.equal(size)

    const count = (...kinds: readonly string[]): number =>
      [...fleet.values()].filter(({ outcome }) => kinds.includes(outcome)).length
    const recap = `${count('ok')} ok, ${count('failed', 'timed-out')} failed, ${count('unreachable')} unreachable`
    expect(last.filter((line) => line.startsWith('RECAP')).join()).to.match(
      new RegExp(`^RECAP {2}${size} hosts in .*: ${recap}$`),
    )
    const behind = [...fleet].filter(([, { outcome }]) => outcome !== 'ok').map(([host]) => host)
    expect(readFileSync(file('site.retry'), 'utf8')).to.equal(
      [...behind]
        .sort()
        .map((host) => `${host}\n`)
        .join(''),
    )
    // First contacts side by side: no line of known_hosts is lost.
    const known = readFileSync(file('known'), 'utf8').trim().split('\n')
    expect(new Set(known.map((line) => line.split(' ')[0])).size).to.equal(known.length)
    expect(known.length).to.be.at.least(count('ok'))
  })
})

const playbook = `- hosts: all
  gather_facts: false
  strategy: free
  tasks:
    - ping:
    - { name: Work, work: "{{ work }}", timeout: 3, when: work is defined }
`

/** Mixed, so that those in trouble come at any time. */
function fleetOf(size: number, { good, bad }: Troubles): ReadonlyMap<string, Trouble> {
  const kinds = Object.entries(bad)
  return new Map(
    Array.from({ length: size }, (_, index) => {
      const [kind, trouble] = kinds[index % 20] ?? ['good', good]
      return [`${kind}${index}`, trouble]
    }),
  )
}

function inventory(fleet: ReadonlyMap<string, Trouble>): string {
  const hosts = [...fleet].map(([name, { vars, outcome }], index) => {
    // Only the good host's sshd listens everywhere.
    const address = outcome === 'ok' ? `127.1.${index >> 8}.${index & 255}` : '127.0.0.1'
    return [name, { ansible_host: address, ...vars }] as const
  })
  return JSON.stringify({ all: { hosts: Object.fromEntries(hosts) } })
}

/** The worst that a JUnit file tells of each host. */
function outcomes(xml: string): ReadonlyMap<string, { readonly type: string; readonly text: string }> {
  return new Map(
    xml
      .split('<testsuite ')
      .slice(1)
      .map((suite) => {
        const host = /name="([^"]*)"/.exec(suite)?.[1] ?? ''
        const [, type = 'ok', text = ''] = /<(?:failure|error)[^>]*type="([^"]*)"[^>]*>([^<]*)/.exec(suite) ?? []
        return [host, { type, text }]
      }),
  )
}
