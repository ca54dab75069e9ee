import { z } from 'zod'
import { hostPath, int, nonEmptyText, secret, textList } from './args.ts'
import { defineSession, type HostSession, type Report } from './define.ts'
import { acceptEntry } from './netfilter/accept.ts'
import { atRestScript, proveAtRest, readAtRest } from './proofs/at-rest.ts'
import { motionScript, type Motion, readMotion, type Watch } from './proofs/in-motion.ts'
import { isSettled, judgeMotion } from './proofs/judge-motion.ts'
import { judgeSender } from './proofs/judge-sender.ts'
import { closedPort, knock, opened } from './proofs/knock.ts'
import { failed, type Proof, proven, unproven } from './proofs/proof.ts'
import { readSender, senderScript, type Target } from './proofs/sender.ts'
import { daysLeft, endsSoon, firstToEnd } from './tls/certificates.ts'
import { proveTls } from './tls/prove.ts'

const args = z.strictObject({
  host: nonEmptyText().describe('The intake, as the host names it.'),
  port: int(1, 65535).describe('Its TCP port.'),
  name: nonEmptyText().optional().describe('What its certificate must bear. Default: host.'),
  ca_path: hostPath().describe('The CAs on the host.'),
  config: hostPath().describe('The configuration that forwards.'),
  drivers: textList().default(['lmnsd_gtls']).describe("rsyslog's modules that it needs."),
  config_texts: textList().default([]).describe('What that must say.'),
  key: secret(nonEmptyText()).optional().describe('The intake key that must be in it. Default: that is not looked at.'),
  queue: nonEmptyText().describe('The name of the action, which the files of its queue bear too.'),
  forward: nonEmptyText().optional().describe('What the proofs call it. Default: queue.'),
  log_chain: nonEmptyText()
    .optional()
    .describe('The chain of the firewall that logs what it forwards. Without one, no packet can prove it.'),
  allowed_tcp_ports: textList().default([]).describe('Ports that are not dropped.'),
  accept: z.array(acceptEntry).default([]).describe('More that is not dropped, as `netfilter` has it.'),
  timeout: int(1).default(20).describe('Seconds for events to come through.'),
})

type Wish = z.output<typeof args>

/** Proves, step by step, that a host forwards: and of a firewall, that what it drops becomes an event that was sent. */
export default defineSession({
  name: 'verify_forwarding',
  doc: {
    summary: 'Prove that the host forwards to the intake, and what its firewall drops becomes an event that is sent',
    checkMode: 'Runs as otherwise: it changes nothing. With log_chain, one packet is sent to a closed port.',
    example: `- verify_forwarding:
    host: intake.sekoia.io
    port: 10514
    ca_path: /etc/rsyslog.d/SEKOIA-IO-intake.pem
    config: /etc/rsyslog.d/11-netfilter.conf
    queue: sekoia_netfilter
    forward: netfilter
    log_chain: SALLYPORT_LOG`,
    returns: { proofs: 'a list of what was proven: forward, proof, state (proven, failed, unproven), detail' },
  },
  args,
  readOnly: true,
  inCheck: true,
  async run(wish, host) {
    const forward = wish.forward ?? wish.queue
    const proofs = (await allProofs(wish, host)).map((proof) => ({ forward, ...proof }))
    const broken = proofs.filter(({ state }) => state === 'failed').map(({ proof }) => proof)
    const result = { proofs: proofs.map((proof) => ({ ...proof })) }
    const report: Report = { changed: false, proofs, result }
    if (broken.length === 0) return report
    return { ...report, failed: `${forward}: ${broken.length} of ${proofs.length} proofs failed: ${broken.join(', ')}` }
  },
})

async function allProofs(wish: Wish, host: HostSession): Promise<readonly Proof[]> {
  const installed = {
    drivers: wish.drivers,
    config: wish.config,
    texts: wish.config_texts,
    key: wish.key,
    ca: wish.ca_path,
  }
  const seen = readAtRest((await host.look(atRestScript(installed))).stdout.toString())
  const tls =
    seen.ca === undefined ? unproven('tls', 'there is no CA to check with') : await tlsProof(wish, host, seen.ca)
  const target = { action: wish.queue, host: wish.host, port: wish.port }
  const rest =
    wish.log_chain === undefined
      ? [await senderProof(target, host, tls.state === 'failed' || !seen.running ? 0 : wish.timeout)]
      : await motionProofs({ logChain: wish.log_chain, target }, wish, host)
  return [...proveAtRest(seen, installed, tls), ...rest]
}

async function tlsProof(wish: Wish, host: HostSession, ca: string): Promise<Proof> {
  const answer = await proveTls(host, { host: wish.host, port: wish.port, name: wish.name ?? wish.host, ca }, 10)
  if (answer.kind !== 'proven') return (answer.kind === 'fault' ? failed : unproven)('tls', answer.message)
  const soon = endsSoon(answer.chain)
  if (soon !== undefined) host.warn(`${wish.host}: ${soon}`)
  const first = firstToEnd(answer.chain)
  return proven('tls', `${answer.protocol}, ${first ? daysLeft(first) : 0} days left`)
}

/** Nothing is sent for it: what has come to the host's logs by itself shows whether events get through. */
async function senderProof(target: Target, host: HostSession, timeout: number): Promise<Proof> {
  const end = performance.now() + timeout * 1000
  for (;;) {
    const proof = judgeSender(readSender((await host.look(senderScript(target))).stdout.toString(), target))
    if (proof.state !== 'failed' || performance.now() > end) return proof
    await host.sleep(1)
  }
}

async function motionProofs(watch: Watch, wish: Wish, host: HostSession): Promise<readonly Proof[]> {
  const look = async (text: string): Promise<Motion> =>
    readMotion((await host.look(motionScript(watch, text))).stdout.toString(), watch)
  const { address } = host
  const before = await look('DPT=none')
  const open = opened(wish.allowed_tcp_ports, wish.accept)
  const port = closedPort(before.listening, open)
  if (address === undefined || port === undefined) {
    const why =
      port === undefined
        ? 'every port is open or accepted'
        : 'no packet can be sent there from here: it is reached through others'
    return [unproven('drop', why), unproven('event', why), judgeSender(before.sender)]
  }
  const end = performance.now() + wish.timeout * 1000
  for (;;) {
    // One packet may fall to the limit of the log; the next one has another second's share.
    await knock(address, port)
    const after = await look(`DPT=${port} `)
    if (isSettled(before, after, port) || performance.now() > end) {
      return judgeMotion(before, after, port, open.toSome)
    }
    await host.sleep(1)
  }
}
