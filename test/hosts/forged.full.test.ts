import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { type Fleet, fleetOf } from './fleet.ts'
import { isTurnOf } from './forwarding-turn.ts'

/** What any user may say under the kernel's name and facility: by the socket itself, logger, and the journal. */
const forge = (number: number) => `cat >/tmp/forge.pl <<'END'
use IO::Socket::UNIX;
for my $path ("/dev/log", "/run/systemd/journal/syslog", "/run/systemd/journal/dev-log") {
  my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $path) or next;
  $s->send("<4>Nov 29 15:00:00 kernel: IPTables/Dropped: forged-${number} IN=eth0 SRC=192.0.2.1");
  $s->send("<4>kernel: IPTables/Dropped: forged-${number} IN=eth0 SRC=192.0.2.1");
}
END
chmod 0644 /tmp/forge.pl
setpriv --reuid 65534 --clear-groups sh -c '
  perl /tmp/forge.pl
  logger -p kern.warning -t kernel "IPTables/Dropped: forged-${number} IN=eth0"
  echo "IPTables/Dropped: forged-${number} IN=eth0" | systemd-cat -t kernel -p warning'`

/** Lines of the kernel's log as it wrote them for users' doings: a crash of a process of that name, and a mount with a line break in its options. */
const tricked = (number: number) => `cat >/proc/kmsg <<'END'
<6>[   17.1] IPTables/X: IN=[16417]: segfault at 0 ip 000000000040100e sp 00007ffe1b7ff950 error 6 in eth0 OUT= SRC=192.0.2.1 forged-${number}[401000+1000] likely on CPU 0 (core 0, socket 0)
<3>[   17.2] overlayfs: failed to resolve '/a
<3>[   17.2] IPTables/Dropped: IN=eth0 OUT= MAC= SRC=192.0.2.1 forged-${number}': -2
<4>[   17.3] IPTables/Dropped: IN=eth0 OUT= MAC= SRC=192.0.2.1 this-way-${number}
END`

if (isTurnOf('surroundings'))
  describe('what somebody logs in the name of the kernel, or makes it say', function () {
    this.timeout(300_000)
    let lab: Lab
    let fleet: Fleet

    before(async function () {
      const packages = ['rsyslog', 'rsyslog-gnutls', 'iptables']
      lab = await labOrSkip.call(this, [
        { name: 'old', suite: 'bullseye', packages },
        { name: 'middle', suite: 'bookworm', packages },
        { name: 'new', suite: 'trixie', packages },
      ])
      fleet = await fleetOf(lab)
    })
    after(async () => {
      await fleet?.close()
      await lab?.down()
    })

    for (const [number, style] of ['rainerscript', 'legacy'].entries()) {
      it(`is not forwarded as an event of the firewall (${style})`, async () => {
        const applied = await fleet.run('apply', ['-e', `forward_style=${style}`])
        expect(applied.code, applied.stdout).to.equal(0)
        for (const host of lab.hosts) {
          await host.exec(forge(number))
          await host.exec(tricked(number))
          const { stdout } = await host.exec(`sleep 1; grep -c 'forged-${number}' /var/log/syslog`)
          expect(Number(stdout), `forged lines in the log of ${host.name}`).to.be.greaterThan(3)
          expect((await fleet.event(host, 4800 + number)).text).to.contain('IPTables/Dropped: ')
        }
        await sleep(2000)
        expect(fleet.intake.frames.filter(({ text }) => text.includes(`this-way-${number}`))).to.have.length(3)
        expect(fleet.intake.frames.filter(({ text }) => text.includes('forged-'))).to.deep.equal([])
      })
    }
  })
