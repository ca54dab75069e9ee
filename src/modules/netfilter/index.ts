import { lines, nothing } from '../../shell/script.ts'
import type { Value } from '../../source/value.ts'
import { defineModule } from '../define.ts'
import { packageTimeout } from '../packages/apply.ts'
import { netfilterArgs } from './arguments.ts'
import {
  type State,
  install,
  memory,
  overlay,
  persist,
  plan,
  probeScript,
  readState,
  restore,
  title,
} from './host-rules.ts'
import { wishOf, wishedChains } from './wish.ts'

/**
 * Accepts what is named, logs and drops the rest. One intent, brought to the host through whatever manages its packet
 * filter; only our own chains, tables and files are ever written.
 */
export default defineModule<typeof netfilterArgs, State>({
  name: 'netfilter',
  doc: {
    summary: 'Accept what is named, log and drop everything else, for IPv4 and IPv6',
    checkMode: 'Shows the rules that would change, in the form in which the host itself prints them.',
    example: `- netfilter:
    log_prefix: "IPTables/Dropped: "
    log_limit: 60/min
    allowed_tcp_ports: [80, 443, "8000:8100"]
    sets: { admins: [10.8.0.0/16, "2001:db8:8::/48"] }
    accept:
      - { ports: [5432], from: [admins], comment: databases }
      - { ports: [22], log: "IPTables/Accepted: " }
    drop: true`,
    returns: {
      backend: 'What wrote the rules: nftables, iptables (nf_tables) or iptables (legacy).',
      ssh_ports: 'Ports that are accepted because logins come in by them.',
      chains: 'Names of the chains that are ours.',
    },
  },
  args: netfilterArgs,
  probe: probeScript,
  parse: readState,
  overlay,
  plan,
  apply: (args, state) => {
    const first = install(args, state)
    return {
      // Rules in memory first, looked at again, and only then made to last.
      script: lines(first ?? nothing, memory(args, state) ?? nothing, persist(args, state)),
      ...(first === undefined ? {} : { timeout: packageTimeout }),
    }
  },
  confirm: {
    seconds: 30,
    parts: (args, state) => {
      const [first, change] = [install(args, state), memory(args, state)]
      return (
        change && {
          ...(first && { before: { script: first, timeout: packageTimeout } }),
          ...{ change, restore: restore(args, state), persist: persist(args, state) },
        }
      )
    },
  },
  result: (args, state): { readonly [key: string]: Value } => ({
    backend: title(state),
    ssh_ports: [...state.host.sshPorts],
    chains: [...wishedChains(wishOf(args))],
  }),
})
