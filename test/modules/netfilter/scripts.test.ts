import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { law } from '../../fixtures/modules/netfilter/law.ts'
import { restore } from '../../../src/modules/netfilter/host-rules.ts'
import { module } from './box.ts'

/** `sh -c` gets its script quoted on purpose. */
async function shellcheck(text: string): Promise<string> {
  const run = promisify(execFile)('shellcheck', ['-s', 'sh', '-e', 'SC2016', '-'])
  run.child.stdin?.end(text)
  return run.then(
    () => '',
    (error: unknown) => (error as { stdout: string }).stdout,
  )
}

/** Everything to do: no tool, leftovers of an earlier wish, an edited unit. */
const busy =
  '@charge none iptables\n\n@looked iptables nftables\n@systemd\n@running\n@root\n@ipv6\n@packages apt-get\n@ssh-ports\n22\n@unit 644 0 0 1\n\n@saved-ipv4 600 0 0 20\n:OLD - [0:0]\n@unit-link\n' +
  '@nft-tool\n@nft-saved 600 0 0 2\n x\n@nft-live\ntable inet sallyport {\n}\n@nft-unit 644 0 0 2\n x\n@nft-unit-link\n@live-ipv4\n:INPUT ACCEPT\n:OLD -\n-A INPUT -j OLD\n-A OLD -m comment --comment "it\'s" -j ACCEPT\n'

describe('netfilter scripts', function () {
  this.timeout(60_000)
  for (const { name, args: given } of law.cases)
    it(`pass shellcheck: ${name}`, async () => {
      const args = module.args.parse(given)
      expect(await shellcheck(module.probe(args).text)).to.equal('')
      for (const tool of ['', '@tool nft iptables v1.8.9 (nf_tables)\n@tool-ipv6\n']) {
        const state = module.parse(busy + tool, args)
        expect(await shellcheck(`set -e\n${module.apply(args, state, module.plan(args, state)).script.text}`)).to.equal(
          '',
        )
        expect(await shellcheck(restore(args, state).text)).to.equal('')
      }
    })
})
