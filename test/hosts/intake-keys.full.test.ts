import { expect } from 'chai'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inventoryYaml } from '../lab/inventory.ts'
import type { Frame } from '../lab/intake.ts'
import type { Lab, LabHost } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { until } from '../lab/poll.ts'
import { sallyport } from '../support/cli.ts'
import { changesOf, type Fleet, fleetOf, playbook, reportOf } from './fleet.ts'
import { isTurnOf } from './forwarding-turn.ts'

const packages = ['iptables', 'rsyslog', 'rsyslog-gnutls']
const role = fileURLToPath(new URL('../../playbooks/roles/forward', import.meta.url))
const keyOf = (frame: Frame) => /^\[SEKOIA@53288 intake_key="([^"]+)"\]/.exec(frame.structuredData ?? '')?.[1]
const numberOf = ({ text }: Frame) => Number(/ numbered (\d+)\./.exec(text)?.[1])
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

/** One host has its key from its group; the other is of that group too, and has one of its own. */
if (isTurnOf('intake-keys'))
  describe('intake keys of a group and of a host', function () {
    this.timeout(300_000)
    let lab: Lab
    let fleet: Fleet
    let inventory: string
    let site: string
    let ca: string
    let keys: Readonly<Record<string, string>>

    before(async function () {
      lab = await labOrSkip.call(this, [
        { name: 'member', suite: 'bullseye', packages },
        { name: 'single', suite: 'trixie', packages },
      ])
      fleet = await fleetOf(lab)
      const folder = join(fleet.dir, 'inventory')
      inventory = join(folder, 'hosts.yml')
      site = join(fleet.dir, 'site.yml')
      ca = join(fleet.dir, 'ca.pem')
      await mkdir(join(folder, 'group_vars'), { recursive: true })
      await mkdir(join(folder, 'host_vars'))
      await writeFile(ca, fleet.intake.caPem)
      await writeFile(
        inventory,
        `${inventoryYaml(lab)}  children:
    edge:
      hosts: { member: {}, single: {} }
`,
      )
      await writeFile(
        site,
        `- hosts: all
  gather_facts: false
  roles:
    - role: ${role}
      forward_name: numbered
      forward_key: '{{ intake_key }}'
      forward_filter: $programname == "numbered"
`,
      )
      await give('of-the-group', 'of-the-host')
      for (const each of [playbook, site]) {
        const { code, stdout, stderr } = await run('apply', each)
        expect(code, stderr + stdout).to.equal(0)
      }
    })
    after(async () => {
      await fleet?.close()
      await lab?.down()
    })

    /** Writes the keys into the inventory. */
    async function give(ofGroup: string, ofHost: string): Promise<void> {
      const write = (file: string, key: string) =>
        writeFile(join(fleet.dir, 'inventory', file), `intake_key: ${key}\n`, { mode: 0o600 })
      await write('group_vars/edge.yml', ofGroup)
      await write('host_vars/single.yml', ofHost)
      keys = { member: ofGroup, single: ofHost }
    }

    const run = async (command: 'apply' | 'check', path = site) =>
      reportOf(await sallyport([command, path, '-i', inventory, '--output', 'jsonl', '-e', `intake_ca=${ca}`]))

    const everywhere = <T>(act: (host: LabHost) => Promise<T>) => Promise.all(lab.hosts.map(act))

    const write = (from: number, to: number) =>
      everywhere(async (host) => {
        const { code } = await host.exec(`seq -f 'numbered %.0f.' ${from} ${to} | logger -t numbered`)
        expect(code).to.equal(0)
      })

    const arrived = (to: number) =>
      everywhere(async ({ name }) => {
        const expected = upTo(to)
        const isOf = (number: number) => (frame: Frame) => frame.hostname === name && numberOf(frame) === number
        await Promise.all(expected.map((number) => fleet.intake.waitFor(isOf(number), 60_000)))
      })

    it('are in the events of their hosts, each in its own and nowhere else', async () => {
      await write(1, 20)
      await arrived(20)
      await everywhere(async (host) => expect(keyOf(await fleet.event(host, 4821))).to.equal(keys[host.name]))
      for (const frame of fleet.intake.frames) expect(keyOf(frame), frame.text).to.equal(keys[frame.hostname ?? ''])
      for (const each of [playbook, site]) expect((await run('check', each)).code).to.equal(0)
    })

    it('are rotated while events wait for an intake that is away: all arrive, and with the new key', async () => {
      await fleet.intake.fault('refuse')
      // What is written into a connection that was just cut is plain TCP's to lose: let that be nothing that counts.
      await everywhere(async (host) => {
        await host.exec('logger -t numbered "is it there?"')
        const notices = async () => (await host.exec(`grep "'sekoia_numbered' suspended" /var/log/syslog`)).code === 0
        await until(`${host.name} notices`, 30_000, notices, 200)
      })
      await write(21, 220)
      await give('newer-of-the-group', 'newer-of-the-host')
      const rotated = await run('apply')
      expect(rotated.code, rotated.stderr + rotated.stdout).to.equal(0)
      expect(Object.keys(changesOf(rotated)).sort()).to.deep.equal(['member', 'single'])
      await write(221, 240)
      expect(fleet.intake.frames.filter((frame) => numberOf(frame) > 20)).to.deep.equal([])

      await fleet.intake.fault()
      await arrived(240)
      // The queue holds what happened; the template, and with it the key, comes in when it is sent.
      for (const frame of fleet.intake.frames.filter((each) => numberOf(each) > 20))
        expect(keyOf(frame), frame.text).to.equal(keys[frame.hostname ?? ''])
      expect((await run('check')).code).to.equal(0)
    })
  })
