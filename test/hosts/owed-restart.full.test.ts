import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { labOrSkip } from '../lab/mocha.ts'
import type { Lab, LabHost } from '../lab/lab.ts'
import { program } from '../support/program.ts'
import { startDelayProxy } from '../transport/delay-proxy.ts'
import { changesOf, type Fleet, fleetOf, intakeKey, playbook } from './fleet.ts'
import { isTurnOf } from './forwarding-turn.ts'

const config = '/etc/rsyslog.d/11-netfilter.conf'
const ready = ['rsyslog', 'rsyslog-gnutls', 'iptables']

/** The controller dies when the configuration is written, and before rsyslog has read it. */
if (isTurnOf('owed-restart'))
  describe('a restart that a run still owed when it was killed', function () {
    this.timeout(300_000)
    let lab: Lab
    let fleet: Fleet

    before(async function () {
      lab = await labOrSkip.call(this, [
        { name: 'old', suite: 'bullseye', packages: ready },
        { name: 'middle', suite: 'bookworm', packages: ready },
        { name: 'new', suite: 'trixie', packages: ready },
      ])
      fleet = await fleetOf(lab)
      const first = await fleet.run('apply')
      expect(first.code, first.stderr + first.stdout).to.equal(0)
    })
    after(async () => {
      await fleet?.close()
      await lab?.down()
    })

    const keyOfEvent = async (host: LabHost, port: number) => (await fleet.event(host, port)).structuredData
    const withKey = (key: string) => `[SEKOIA@53288 intake_key="${key}"]`
    const newKey = async () => {
      const path = join(fleet.dir, 'newer.yml')
      await writeFile(path, 'intake_key: Newer-key\n', { mode: 0o600 })
      return ['-e', `@${path}`]
    }

    /**
     * Applies over a slow line, and kills the controller at the word that the configuration is changed: what it sent after
     * that is still on the way, and never arrives.
     */
    async function killedAtTheConfiguration(host: LabHost): Promise<void> {
      const line = await startDelayProxy({ port: 22, host: host.address, oneWayMs: 300 })
      const inventory = join(fleet.dir, 'slow.yml')
      const hosts = await readFile(fleet.inventory, 'utf8')
      const known = `-o HostKeyAlias=${host.address} -o UserKnownHostsFile=${lab.knownHostsPath} -o StrictHostKeyChecking=yes`
      const slow = hosts
        .replace(`ansible_host: ${host.address}\n`, `ansible_host: 127.0.0.1\n      ansible_port: ${line.port}\n`)
        .replace(/ansible_ssh_common_args: .*/, `ansible_ssh_common_args: ${JSON.stringify(known)}`)
      await writeFile(inventory, slow)
      const vars = ['-e', `@${join(fleet.dir, 'vars.yml')}`, ...(await newKey())]
      const args = ['apply', playbook, '-i', inventory, '-l', host.name, ...vars, '--output', 'jsonl']
      const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
      let said = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (!/"name":"Forward the events to the intake".*"outcome":"changed"/.test(said)) return
        line.freeze()
        child.kill('SIGKILL')
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
      const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)))
      await line.stop()
      expect(signal, said.slice(-500)).to.equal('SIGKILL')
    }

    for (const [index, name] of ['old', 'middle', 'new'].entries()) {
      it(`is made good by the next run (${name})`, async () => {
        const host = lab.host(name)
        const daemon = async () => (await host.exec('pidof rsyslogd')).stdout
        const before = await daemon()
        await killedAtTheConfiguration(host)
        expect(await readFile(host.root(config), 'utf8')).to.contain('Newer-key')
        expect(await daemon()).to.equal(before)
        expect(await keyOfEvent(host, 7100 + index)).to.equal(withKey(intakeKey))

        const limit = ['-l', name, ...(await newKey())]
        expect((await fleet.run('check', limit)).code).to.equal(3)
        const next = await fleet.run('apply', limit)
        expect(next.code, next.stderr + next.stdout).to.equal(0)
        expect(JSON.stringify(changesOf(next))).to.match(/^\{"[^"]+":\[[^\]]*restart[^\]]*\]\}$/)
        expect(await keyOfEvent(host, 7200 + index)).to.equal(withKey('Newer-key'))
        expect((await fleet.run('check', limit)).code).to.equal(0)
      })
    }
  })
