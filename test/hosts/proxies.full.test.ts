import { expect } from 'chai'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CertificateAuthority } from '../lab/certificates.ts'
import type { Lab, LabHost } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { reportOf, changesOf, type Fleet, fleetOf, intakeKey, playbook } from './fleet.ts'
import { sallyport } from '../support/cli.ts'
import { isTurnOf } from './forwarding-turn.ts'

const url = 'https://files.example.org/ca.pem'

/** The certificate is on a server of the company's, signed by a CA of the company's, behind the company's proxy. */
if (isTurnOf('surroundings'))
  describe('a certificate behind a proxy', function () {
    this.timeout(300_000)
    let lab: Lab
    let fleet: Fleet
    let host: LabHost
    let proxy: string
    /** The file of the company's CA. */
    let ca: string

    before(async function () {
      lab = await labOrSkip.call(this, [
        { name: 'proxy', suite: 'trixie', packages: ['tinyproxy', 'nginx-light'] },
        {
          name: 'fw',
          suite: 'bookworm',
          packages: ['iptables', 'rsyslog', 'rsyslog-gnutls', 'curl', 'ca-certificates'],
        },
      ])
      fleet = await fleetOf(lab)
      host = lab.host('fw')
      const authority = await CertificateAuthority.create(join(lab.dir, 'company'), 'The company')
      ca = join(lab.dir, 'company.pem')
      await writeFile(ca, authority.pem)
      const { key, cert } = await authority.issue({ name: 'files.example.org' })
      const setUp = lab.host('proxy')
      const files = {
        '/etc/tinyproxy/tinyproxy.conf': `User tinyproxy
Group tinyproxy
Port 3128
Timeout 60
LogFile "/var/log/tinyproxy/tinyproxy.log"
LogLevel Connect
ConnectPort 443
BasicAuth me pass-word
`,
        '/etc/nginx/sites-enabled/default': `server {
  listen 443 ssl;
  ssl_certificate /etc/nginx/own.pem;
  ssl_certificate_key /etc/nginx/own.key;
  root /srv;
}
`,
        '/etc/nginx/own.pem': cert,
        '/etc/nginx/own.key': key,
        '/srv/ca.pem': fleet.intake.caPem,
      }
      for (const [path, input] of Object.entries(files)) await setUp.exec(`cat >${path}`, { input })
      const ready = await setUp.exec(
        "echo '127.0.0.1 files.example.org' >>/etc/hosts && systemctl restart nginx tinyproxy",
      )
      expect(ready.code, ready.stderr).to.equal(0)
      proxy = `${setUp.address}:3128`
    })
    after(async () => {
      await fleet?.close()
      await lab?.down()
    })

    const asked = async () => (await lab.host('proxy').exec('cat /var/log/tinyproxy/tinyproxy.log')).stdout
    const traces = async () =>
      (
        await host.exec(
          'ls -lR --time-style=full-iso /etc/rsyslog.d /etc/sallyport; iptables-save | grep "^-A"; dpkg -l',
        )
      ).stdout
    const environment = (https_proxy: string, SSL_CERT_FILE = ca) => ({
      env: { https_proxy, no_proxy: '', SSL_CERT_FILE },
    })
    const apply = (options: Parameters<Fleet['run']>[2]) =>
      fleet.run('apply', ['-l', 'fw', '-e', `intake_ca_url=${url}`], options)

    it('cannot be had with a wrong password, or without the CA, and nothing is touched', async () => {
      const before = await traces()
      const refused = await apply(environment(`http://me:wrong-word@${proxy}`))
      expect(refused.stdout).to.contain(`by the proxy http://me:***@${proxy}/: it answered 40`)
      expect(refused.stdout + refused.stderr).to.not.contain('wrong-word')
      const distrusted = await apply(environment(`http://me:pass-word@${proxy}`, '/etc/ssl/certs/ca-certificates.crt'))
      expect(distrusted.stdout).to.match(/by the proxy .*: (unable to|self-signed)/)
      for (const run of [refused, distrusted]) {
        expect(run.code).to.equal(2)
        expect(changesOf(run)).to.deep.equal({})
      }
      expect(await traces()).to.equal(before)
    })

    it('is fetched through it by the controller, and the events come', async () => {
      const run = await apply(environment(`http://me:pass-word@${proxy}`))
      expect(run.code, run.stdout).to.equal(0)
      expect((await fleet.event(host, 4711)).structuredData).to.contain(intakeKey)
      expect(await asked()).to.match(/CONNECT files\.example\.org:443/)
    })

    it('is fetched through it by the host, with the environment of the play', async () => {
      await host.exec('cat >/usr/local/share/ca-certificates/company.crt && update-ca-certificates', {
        input: await readFile(ca),
      })
      await host.exec('rm /etc/rsyslog.d/SEKOIA-IO-intake.pem')
      const site = join(fleet.dir, 'site.yml')
      await writeFile(
        site,
        `- hosts: fw
  gather_facts: false
  environment: {https_proxy: 'http://me:pass-word@${proxy}'}
  vars: {intake_ca_via: host, intake_ca_url: '${url}', intake_key: ${intakeKey}}
  roles: [netfilter]
`,
      )
      const before = (await asked()).length
      const env = { ANSIBLE_ROLES_PATH: join(playbook, '../roles') }
      const args = [site, '-i', fleet.inventory, '--output', 'jsonl']
      const run = reportOf(await sallyport(['apply', ...args], { env }))
      expect(run.code, run.stdout).to.equal(0)
      expect((await asked()).slice(before)).to.contain(host.address)
      expect((await fleet.event(host, 4712)).structuredData).to.contain(intakeKey)
      expect(reportOf(await sallyport(['check', ...args], { env })).code).to.equal(0)
    })
  })
