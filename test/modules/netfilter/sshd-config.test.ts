import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configuredPorts } from '../../../src/modules/netfilter/sshd-config.ts'
import { lines, sh } from '../../../src/shell/script.ts'
import { shells } from '../../support/modules.ts'
import { needSshd } from '../../transport/sshd.ts'

const include = 'Include /etc/ssh/sshd_config.d/*.conf\n'

describe('the ports in sshd’s configuration', () => {
  let dir: string
  before(function () {
    needSshd(this)
    dir = mkdtempSync(join(tmpdir(), 'sallyport-sshd-'))
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'key')])
  })
  after(() => dir && rmSync(dir, { recursive: true }))

  /** What we read in these files, whether we had to ask for it, and what sshd says of them. */
  function ports(shell: string, files: Readonly<Record<string, string>>) {
    const script = lines(
      sh`mount -t tmpfs none /etc/ssh && mkdir /etc/ssh/sshd_config.d || exit 1`,
      ...Object.entries(files).map(([name, text]) => sh`printf %s ${text} >/etc/ssh/${name}`),
      sh`sed -i ${`1i HostKey ${join(dir, 'key')}`} /etc/ssh/sshd_config
newline='
' ssh_ports=''
has() { command -v "$1" >/dev/null; }
sshd() { : >/etc/ssh/asked; /usr/sbin/sshd "$@"; }`,
      configuredPorts,
      sh`configured
echo "$ssh_ports"
if [ -e /etc/ssh/asked ]; then echo asked; else echo read; fi
/usr/sbin/sshd -T`,
    )
    const args = ['-m', '--propagation', 'private', ...(shells[shell] ?? [])]
    const output = execFileSync('unshare', args, { input: script.text, encoding: 'utf8' })
    const [ours = '', how, ...settings] = output.split('\n')
    const said = settings.flatMap((line) => /^(?:port |listenaddress .*:)(\d+)$/.exec(line)?.[1] ?? [])
    return { ours: unique(ours.match(/\b\d+\b/g) ?? []), sshd: unique(said), how }
  }
  const unique = (words: readonly string[]) => [...new Set(words)].sort()

  const cases: readonly [string, 'read' | 'asked', string, Readonly<Record<string, string>>?][] = [
    ['none', 'read', '#Port 2222\nX11Forwarding no\n'],
    ['several, indented, in any case', 'read', 'Port 22\n\t pOrT\t2222\n  PORT=2022\nport = 2023\n'],
    ['none, with an empty folder beside', 'read', include],
    ['in the folder', 'read', `${include}Port 22\n`, { 'sshd_config.d/a.conf': 'Port 2222\n' }],
    ['in the folder alone', 'read', include, { 'sshd_config.d/a.conf': 'Port 2222\n' }],
    ['with addresses', 'read', 'Port 2200\nListenAddress 127.0.0.1\nListenAddress 127.0.0.2:2201\n'],
    ['with addresses of IPv6', 'read', 'ListenAddress ::1\nListenAddress [::1]:2201\nListenAddress [::1]\n'],
    ['with an address alone', 'read', 'ListenAddress 127.0.0.1:2201\n'],
    ['before a Match', 'read', 'Port 2222\nMatch User nobody\n  X11Forwarding no\n'],
    ['in quotes', 'asked', 'Port "2222"\n'],
    ['by the name of a service', 'asked', 'Port ssh\n'],
    ['with a remark behind it', 'read', 'Port 2222 # mine\n'],
    ['in a folder that is not included', 'asked', 'Port 2222\n', { 'sshd_config.d/a.conf': 'Port 2223\n' }],
    ['included otherwise', 'asked', 'Include more\n', { more: 'Port 2223\n' }],
    ['included by the included', 'asked', include, { 'sshd_config.d/a.conf': 'Include more\n', more: 'Port 2224\n' }],
  ]
  for (const [index, [name, how, config, beside]] of cases.entries()) {
    const shell = Object.keys(shells)[index % 3] ?? ''
    it(`${name}: ${how} (${shell})`, function () {
      const seen = ports(shell, { sshd_config: config, ...beside })
      expect(seen).to.deep.equal({ ours: seen.sshd, sshd: seen.sshd, how })
      expect(seen.sshd.length).to.be.at.least(1)
    })
  }
})
