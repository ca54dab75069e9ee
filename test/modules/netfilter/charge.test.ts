import { expect } from 'chai'
import type { BackendName } from '../../../src/modules/netfilter/backend.ts'
import { type Charge, decideCharge, readCharge } from '../../../src/modules/netfilter/charge.ts'
import { sortUnits } from '../../../src/modules/netfilter/host.ts'
import { plan, readState } from '../../../src/modules/netfilter/host-rules.ts'
import { firewalld } from '../../../src/modules/netfilter/firewalld/backend.ts'
import { ferm, iptables, ufw } from '../../../src/modules/netfilter/iptables/backend.ts'
import { nftables } from '../../../src/modules/netfilter/nftables/backend.ts'
import { readSections } from '../../../src/modules/netfilter/sections.ts'
import { lines, sh } from '../../../src/shell/script.ts'
import { shells } from '../../support/modules.ts'
import { Box, module } from './box.ts'

const unit = (name: string, active: boolean, enabled: boolean) =>
  `Id=${name}.service\nActiveState=${active ? 'active' : 'inactive'}\nUnitFileState=${enabled ? 'enabled' : 'disabled'}\n`

/** systemd orders the keys as it likes. */
const upsideDown = 'UnitFileState=enabled\nActiveState=active\nId=ferm.service\n'
const idle = ['firewalld', 'ferm', 'nftables'].map((name) => unit(name, false, false)).join('\n')

const rows: readonly {
  readonly name: string
  readonly units?: string
  readonly arrange?: string
  readonly tools?: string
  readonly wanted?: BackendName | 'auto'
  readonly charge: Partial<Charge>
}[] = [
  { name: 'a bare host', charge: { manager: undefined, backend: 'iptables', looked: ['iptables'] } },
  { name: 'nft alone', tools: 'nft', charge: { backend: 'nftables', looked: ['nftables'] } },
  { name: 'both tools', tools: 'nft iptables', charge: { backend: 'iptables' } },
  {
    name: 'our rules in nftables',
    tools: 'nft iptables',
    arrange: 'mkdir /etc/sallyport; : >/etc/sallyport/netfilter.nft',
    charge: { backend: 'nftables', looked: ['nftables'] },
  },
  {
    name: 'our rules in iptables, nftables wanted',
    arrange: 'mkdir /etc/sallyport; : >/etc/sallyport/netfilter.v6',
    wanted: 'nftables',
    charge: { backend: 'nftables', looked: ['iptables', 'nftables'] },
  },
  { name: 'managers at rest', units: idle, charge: { manager: undefined, backend: 'iptables' } },
  {
    name: 'nftables at boot',
    units: `${unit('a', true, true)}\n${unit('nftables', false, true)}`,
    charge: { manager: 'nftables', because: 'nftables.service is enabled', backend: 'nftables' },
  },
  {
    name: 'nftables now',
    units: unit('nftables', true, false),
    charge: { manager: 'nftables', because: 'nftables.service is active', backend: 'nftables' },
  },
  {
    name: 'ferm',
    units: upsideDown,
    charge: { manager: 'ferm', because: 'ferm.service is active', backend: 'ferm', looked: ['ferm'] },
  },
  {
    name: 'firewalld before all others',
    units: `${upsideDown}\n${unit('firewalld', true, true)}`,
    charge: { manager: 'firewalld', because: 'firewalld.service is active', backend: 'firewalld' },
  },
  {
    name: 'our rules in the files of a firewalld at rest',
    tools: 'nft',
    units: idle,
    arrange: 'mkdir -p /etc/firewalld/zones; echo \'<rule priority="32289">\' >/etc/firewalld/zones/public.xml',
    wanted: 'nftables',
    charge: { backend: 'nftables', looked: ['nftables', 'firewalld'] },
  },
  {
    name: "somebody's rules in the files of a firewalld at rest",
    tools: 'nft',
    units: idle,
    arrange: 'mkdir -p /etc/firewalld/zones; echo \'<rule priority="32300">\' >/etc/firewalld/zones/public.xml',
    charge: { backend: 'nftables', looked: ['nftables'] },
  },
  {
    name: 'ufw',
    tools: 'ufw',
    arrange: 'mkdir -p /etc/ufw; echo ENABLED=yes >/etc/ufw/ufw.conf',
    units: upsideDown,
    charge: { manager: 'ufw', because: 'ENABLED=yes in /etc/ufw/ufw.conf', backend: 'ufw', looked: ['ufw'] },
  },
  {
    name: 'ufw at rest',
    tools: 'ufw',
    arrange: 'mkdir -p /etc/ufw; echo ENABLED=no >/etc/ufw/ufw.conf',
    charge: { manager: undefined },
  },
]

describe('who is in charge of the packet filter', function () {
  this.timeout(60_000)
  let box: Box
  beforeEach(async () => void (box = await Box.open()))
  afterEach(() => box.close())

  rows.forEach(({ name, units = '', arrange = '', tools = '', wanted = 'auto', charge }, index) => {
    const shell = Object.keys(shells)[index % 3] ?? 'dash'
    it(`${name} (${shell})`, async () => {
      await box.text(`:\n${arrange}`)
      const step = await box.run(
        lines(
          sh`units=${units}
${sortUnits}
has() { case ${` ${tools} `} in *" $1 "*) return 0 ;; *) return 1 ;; esac; }`,
          decideCharge(wanted, [iptables, nftables, firewalld, ufw, ferm]),
        ),
        { shell },
      )
      expect([step.code, step.stderr.toString()]).to.deep.equal([0, ''])
      expect(readCharge(readSections(step.stdout.toString()))).to.deep.include(charge)
    })
  })
})

describe('a back-end beside a manager', () => {
  const refusal = (args: unknown, charge: string) =>
    plan(module.args.parse(args), readState(`@root\n@ssh-ports\n22\n${charge}`)).refuse

  it('is refused with the reason where it would fight', () => {
    expect(
      refusal({ backend: 'iptables' }, '@charge nftables iptables\nnftables.service is active\n@looked iptables\n'),
    ).to.equal(
      "nftables manages this host's packet filter (nftables.service is active) and would undo rules written beside it: say backend: nftables, or leave it at auto",
    )
  })

  it('is refused where it is not in charge', () => {
    expect(refusal({ backend: 'ufw' }, '@charge none ufw\n\n@looked ufw\n')).to.match(/^ufw does not manage this host/)
  })

  it('may take its rules away', () => {
    const charge = '@charge nftables iptables\nnftables.service is active\n@looked iptables\n'
    expect(refusal({ backend: 'iptables', state: 'absent' }, charge)).to.equal(undefined)
  })

  it('needs root', () => {
    expect(plan(module.args.parse({}), readState('@charge none iptables\n\n@looked iptables\n')).refuse).to.match(
      /set become: true/,
    )
  })
})
