import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CertificateAuthority } from '../../lab/certificates.ts'
import type { Lab, LabHost } from '../../lab/lab.ts'
import { until } from '../../lab/poll.ts'
import { Ledger } from './ledger.ts'

/** What befalls whoever receives: killed, its packets lost, reading at a crawl, closing again and again. */
export type Trouble = 'killed' | 'black-holed' | 'crawling' | 'closing'

/** Where the numbered events go. */
export interface Receiver {
  readonly name: string
  readonly port: number
  /** The file of the CA that signed its certificate. */
  readonly ca: string
  begin(trouble: Trouble): Promise<void>
  /** Ends what was begun. */
  heal(): Promise<void>
  ledger(): Promise<Ledger>
  /** How often a connection of this host was cut off with no word of what had arrived; undefined where none is lost by that. */
  cuts?(host: LabHost): number
  /** From now on it has a certificate of its CA for this name. */
  callItself?(name: string): Promise<void>
}

const numbered = /numbered (\d+)\./

/** The lab's intake: TLS over plain TCP, which acknowledges nothing. */
export async function overTcp(lab: Lab): Promise<Receiver> {
  const intake = await lab.intake()
  const faults = { killed: 'refuse', 'black-holed': 'drop', crawling: 'slow', closing: 'close' } as const
  const ca = join(lab.dir, 'intake-ca.pem')
  await writeFile(ca, intake.caPem)
  return {
    name: intake.name,
    port: intake.port,
    ca,
    begin: (trouble) => intake.fault(faults[trouble]),
    heal: () => intake.fault(),
    cuts: (host) => intake.cuts.filter((from) => [host.address, host.address6].includes(from)).length,
    ledger: () => {
      const ledger = new Ledger()
      for (const { hostname = '', text } of intake.frames) {
        const number = numbered.exec(text)?.[1]
        if (number !== undefined) ledger.add(hostname, Number(number))
      }
      return Promise.resolve(ledger)
    },
  }
}

/**
 * A stock rsyslog that speaks RELP: what it acknowledged it has written down. Its queue is in the way of nothing
 * ("Direct"), so that killing it takes nothing that it answered for.
 */
const collector = `module(load="imrelp" tls.tlslib="openssl")
template(name="understood" type="string" string="%hostname%|%structured-data%|%msg%\\n")
ruleset(name="collector" queue.type="Direct") { action(type="omfile" file="/var/log/collector.log" template="understood") }
input(type="imrelp" port="11514" ruleset="collector" tls="on"
  tls.caCert="/etc/collector/ca.pem" tls.myCert="/etc/collector/own.pem" tls.myPrivKey="/etc/collector/own.key")
`

/** Beside the host's own rsyslog, which systemd starts anew as soon as anybody logs (syslog.socket): this one, killed, is dead. */
const unit = `[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/sbin/rsyslogd -n -f /etc/collector/rsyslog.conf -i /run/collector.pid
`

/** A host's rsyslog with imrelp. */
export async function overRelp(lab: Lab, host: LabHost): Promise<Receiver> {
  const name = 'collector.example.org'
  const port = 11514
  const folder = join(lab.dir, 'collector')
  await mkdir(folder)
  const authority = await CertificateAuthority.create(folder, 'Collector CA')
  await host.exec('mkdir -m 0700 /etc/collector')
  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [path, input] of Object.entries(files)) await host.exec(`cat >/etc/collector/${path}`, { input })
  }
  const certify = async (as: string) => {
    const { key, cert } = await authority.issue({ name: as })
    await write({ 'own.pem': cert, 'own.key': key })
  }
  await write({ 'ca.pem': authority.pem, 'rsyslog.conf': collector, '../systemd/system/collector.service': unit })
  await certify(name)
  const listens = () =>
    until('the collector listens', 20_000, async () => (await host.exec(`ss -Hltn sport = :${port}`)).stdout)
  await host.exec('systemctl daemon-reload')
  const start = 'systemctl start collector'
  // Killed, never told to end: on its way out it would answer for what it no longer writes down.
  const kill = 'systemctl kill -s KILL collector; while systemctl -q is-active collector; do sleep 0.05; done'
  const repeat = (steps: string) =>
    host.exec(
      `echo 'while :; do ${steps}; done' >/run/trouble && setsid sh /run/trouble >/dev/null 2>&1 </dev/null & echo $! >/run/trouble.pid`,
    )
  const troubles: Readonly<Record<Trouble, () => Promise<unknown>>> = {
    killed: () => host.exec(kill),
    'black-holed': () =>
      host.exec('nft -f -', {
        input: `table inet hole { chain in { type filter hook input priority -300; tcp dport ${port} drop; }; }`,
      }),
    crawling: () => repeat('systemctl kill -s STOP collector; sleep 1.5; systemctl kill -s CONT collector; sleep 0.1'),
    closing: () => repeat(`sleep 1; ${kill}; ${start}; sleep 1`),
  }
  await host.exec(start)
  await listens()
  return {
    name,
    port,
    ca: join(folder, 'ca.pem'),
    begin: async (trouble) => void (await troubles[trouble]()),
    async callItself(as) {
      await certify(as)
      await host.exec(`${kill}; ${start}`)
      await listens()
    },
    async heal() {
      const end = 'nft delete table inet hole; kill -- -"$(cat /run/trouble.pid)"; rm -f /run/trouble.pid'
      await host.exec(`{ ${end}; systemctl kill -s CONT collector; } 2>/dev/null; ${start}`)
      await listens()
    },
    async ledger() {
      const ledger = new Ledger()
      const { stdout } = await host.exec('cat /var/log/collector.log 2>/dev/null || :')
      for (const line of stdout.split('\n')) {
        const number = numbered.exec(line)?.[1]
        if (number !== undefined) ledger.add(line.slice(0, line.indexOf('|')), Number(number))
      }
      return ledger
    },
  }
}
