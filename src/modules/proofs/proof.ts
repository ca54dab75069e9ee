/** What can be proven of a host that forwards, in the order of a packet's way. */
export const proofNames = ['packages', 'configuration', 'ca', 'tls', 'drop', 'event', 'sent'] as const
export type ProofName = (typeof proofNames)[number]

/** One proof on one host. `unproven`: nobody could look, and nothing speaks against it. */
export interface Proof {
  readonly proof: ProofName
  readonly state: 'proven' | 'failed' | 'unproven'
  /** What was seen, on one line. */
  readonly detail: string
}

/** A proof, and the forward that it is of. */
export interface ForwardProof extends Proof {
  readonly forward: string
}

/** What each proof says when it holds, and what it leaves open. */
export const statements: Readonly<Record<ProofName, { readonly proves: string; readonly not: string }>> = {
  packages: { proves: 'rsyslogd and its network drivers are installed', not: 'that they are configured' },
  configuration: {
    proves: 'rsyslogd runs, takes all of its configuration, and the forward is part of it',
    not: 'that it was restarted since the files were written: apply sees to that',
  },
  ca: { proves: 'the CA file on the host can be read and is in date', not: 'that the intake was signed by it' },
  tls: {
    proves: 'from the host, a server with the name of the intake answers, whose chain ends in that CA',
    not: 'that rsyslog itself speaks with it',
  },
  drop: {
    proves: 'a packet from here to a closed port met the rule that logs',
    not: 'that packets by other interfaces do',
  },
  event: { proves: 'that packet became a line in the logs of the host', not: 'that the line left the host' },
  sent: {
    proves: 'rsyslogd is connected with the intake, which acknowledged what was sent, and nothing waits',
    not: 'that the intake stored it: TCP has no receipt for that',
  },
}

export const proven = (proof: ProofName, detail: string): Proof => ({ proof, state: 'proven', detail })
export const failed = (proof: ProofName, detail: string): Proof => ({ proof, state: 'failed', detail })
export const unproven = (proof: ProofName, detail: string): Proof => ({ proof, state: 'unproven', detail })
