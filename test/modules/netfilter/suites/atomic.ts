import { expect } from 'chai'
import { type Script, sh } from '../../../../src/shell/script.ts'
import { memoryScript, persistScript } from '../../../../src/modules/netfilter/iptables/apply.ts'
import { restoreScript } from '../../../../src/modules/netfilter/iptables/take-back.ts'
import { wishOf } from '../../../../src/modules/netfilter/wish.ts'
import { Box, found, module, type Variant } from '../box.ts'

const calls =
  'sendmsg,sendto,setsockopt,recvmsg,getsockopt,openat,close,write,rename,renameat2,fsync,chmod,fchmodat,unlinkat'
const withoutCounters = (rules: string) => rules.replace(/\[\d+:\d+\]/g, '')

export function atomicSuite(variant: Variant): void {
  describe(`netfilter cut short (${variant})`, function () {
    this.timeout(300_000)
    let box: Box
    beforeEach(async () => void (box = await Box.open(variant)))
    afterEach(() => box.close())

    const start = { allowed_tcp_ports: [80] }
    const next = { allowed_tcp_ports: [81, '90:99'], log_prefix: 'IPTables/New: ' }
    const mine = 'for t in iptables ip6tables; do $t -A INPUT -p tcp --dport 25 -j ACCEPT; $t -N MINE; done'
    const rulesOf = (family: string) => box.text(`${family}-save -t filter | grep -v '^#'`).then(withoutCounters)

    async function script(make: typeof memoryScript): Promise<Script> {
      const args = module.args.parse(next)
      return make(wishOf(args), found(await box.probe(args)))
    }

    it('has the old rules or the new ones of a family, wherever the tool is killed', async () => {
      await box.text(mine)
      await box.converge(start)
      const old = { iptables: await rulesOf('iptables'), ip6tables: await rulesOf('ip6tables') }
      const forward = await script(memoryScript)
      expect((await box.run(forward, { setE: true })).code).to.equal(0)
      const fresh = { iptables: await rulesOf('iptables'), ip6tables: await rulesOf('ip6tables') }
      await box.converge(start)
      let kills = 0
      for (const tool of ['iptables', 'ip6tables'] as const) {
        const text = forward.text.match(
          new RegExp(`^printf.*\\n(?:.*\\n)*?.*\\| ${tool}-restore -w 10 --noflush$`, 'm'),
        )?.[0]
        const restore = text ?? ''
        expect(restore.split('\\n').length, tool).to.be.above(0)
        for (let call = 1; ; call++) {
          const transaction = [
            ...forward.text.matchAll(/printf %s '([^']*)' \| (ip6?tables)-restore -w 10 --noflush \|\|/g),
          ].find((match) => match[2] === tool)?.[1]
          if (transaction === undefined) throw new Error('no transaction found')
          const step = await box.run(
            sh`printf %s ${transaction} | strace -qq -o /dev/null -e trace=${calls} -e inject=${calls}:signal=KILL:when=${call} ${tool}-restore -w 10 --noflush`,
          )
          const now = await rulesOf(tool)
          expect([old[tool], fresh[tool]], `${tool} killed at call ${call}`).to.include(now)
          if (step.code === 0) break
          kills++
          if (now === fresh[tool]) await box.converge(start)
        }
        await box.converge(start)
      }
      expect(kills).to.be.above(10)
    })

    it('has whole files or none, wherever saving is killed', async () => {
      const args = module.args.parse(start)
      await box.converge(start)
      const look =
        'cd /etc/sallyport && sha256sum netfilter.v4 netfilter.v6 && sha256sum /etc/systemd/system/sallyport-netfilter.service'
      const old = (await box.text(look)).trim().split('\n')
      const saving = await script(persistScript)
      expect((await box.run(saving, { setE: true })).code).to.equal(0)
      const fresh = (await box.text(look)).trim().split('\n')
      await box.converge(start)
      for (let call = 1; call < 200; call += 3) {
        const strace = [
          'strace',
          '-qq',
          '-f',
          '-o',
          '/dev/null',
          '-e',
          `trace=${calls}`,
          '-e',
          `inject=${calls}:signal=KILL:when=${call}`,
        ]
        const step = await box.run(saving, { setE: true, strace })
        const now = (await box.text(look)).trim().split('\n')
        now.forEach((line, index) => expect([old[index], fresh[index]]).to.include(line))
        if (step.code === 0) break
      }
      expect((await box.converge(start)).again.changes).to.deep.equal([])
      expect(module.plan(args, await box.probe(args)).changes).to.deep.equal([])
    })

    it('changes neither family where one refuses', async () => {
      await box.converge(start)
      const before = await box.rules()
      const forward = await script(memoryScript)
      await box.text('ln -sf /bin/false /etc/alternatives/ip6tables-restore')
      expect((await box.run(forward, { setE: true })).code).to.equal(1)
      expect(await box.rules()).to.equal(before)
    })

    it('takes the first family back where the second one fails after all', async () => {
      await box.text(mine)
      const clean = withoutCounters(await box.rules())
      const first = await script(memoryScript)
      // Passes the test run, fails the real one.
      await box.text(`printf '#!/bin/sh\\ncase "$*" in *--test*) exit 0 ;; esac\\necho no luck >&2\\nexit 4\\n' >/etc/alternatives/ip6tables-restore.new
chmod 755 /etc/alternatives/ip6tables-restore.new; mv /etc/alternatives/ip6tables-restore.new /etc/alternatives/ip6tables-restore`)
      const step = await box.run(first, { setE: true })
      expect([step.code, step.stderr.toString()]).to.deep.equal([4, 'no luck\n'])
      expect(withoutCounters(await box.rules())).to.equal(clean)
    })

    const befores: readonly [name: string, script: string][] = [
      ['nothing', ':'],
      ['other rules', mine],
      ['the rules of another wish', ''],
      [
        'the recipe followed by hand',
        `iptables -N DROP_LOGGING
iptables -A DROP_LOGGING
iptables -A DROP_LOGGING -m limit --limit 60/min -j LOG --log-prefix "IPTables/Dropped: "
iptables -A DROP_LOGGING -j DROP
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -p udp --dport 53 -j ACCEPT
iptables -A INPUT -j DROP_LOGGING`,
      ],
      [
        'jumps at wrong places',
        'iptables -N SALLYPORT_IN; for n in 1 2 3; do iptables -A INPUT -p tcp --dport $n; iptables -A INPUT -j SALLYPORT_IN; done',
      ],
    ]
    for (const [name, prepare] of befores)
      it(`restores ${name}`, async () => {
        if (prepare === '') await box.converge(start)
        else await box.text(prepare)
        const clean = withoutCounters(await box.rules())
        const [forward, back] = [await script(memoryScript), await script(restoreScript)]
        expect((await box.run(forward, { setE: true })).code).to.equal(0)
        // What others do meanwhile stays.
        await box.text('iptables -A INPUT -p tcp --dport 99 -j ACCEPT')
        const step = await box.run(back, { setE: true })
        expect(step.stderr.toString()).to.equal('')
        await box.text('iptables -D INPUT -p tcp --dport 99 -j ACCEPT')
        expect(withoutCounters(await box.rules())).to.equal(clean)
      })
  })
}
