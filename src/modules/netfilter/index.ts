import type { Value } from '../../source/value.ts'
import { defineModule } from '../define.ts'
import { netfilterArgs } from './arguments.ts'
import { bringsIptables } from './install.ts'
import { applyRules } from './iptables/apply.ts'
import { planRules } from './iptables/plan.ts'
import { probeScript } from './iptables/probe.ts'
import { chainNames } from './iptables/rules.ts'
import { type State, readState } from './iptables/state.ts'
import { wishOf } from './iptables/wish.ts'

/**
 * Accepts what is named, logs and drops the rest. One intent, brought to the host through its own packet filter tool;
 * only our own chains and the one jump to them are ever written.
 */
export default defineModule<typeof netfilterArgs, State>({
  name: 'netfilter',
  doc: {
    summary: 'Accept the named ports, log and drop everything else, for IPv4 and IPv6',
    checkMode: 'Shows the rules that would change, in the form in which the host itself prints them.',
    example: `- netfilter:
    log_prefix: "IPTables/Dropped: "
    log_limit: 60/min
    allowed_tcp_ports: [80, 443, "8000:8100"]
    drop: true`,
    returns: {
      backend: 'What wrote the rules: iptables (nf_tables) or iptables (legacy).',
      ssh_ports: 'Ports that are accepted because logins come in by them.',
      chains: 'Names of the chains that are ours.',
    },
  },
  args: netfilterArgs,
  probe: (args) => probeScript(wishOf(args)),
  parse: readState,
  overlay: (state, effects) => {
    const comes = bringsIptables.some((name) => effects.packages?.[name]?.state === 'installed')
    return comes && !state.variant ? { ...state, toolPending: true } : state
  },
  plan: (args, state) => planRules(wishOf(args), state),
  apply: (args, state) => applyRules(wishOf(args), state),
  result: (args, state): { readonly [key: string]: Value } => ({
    backend: state.variant === 'legacy' ? 'iptables (legacy)' : 'iptables (nf_tables)',
    ssh_ports: [...state.host.sshPorts],
    chains: [...chainNames(wishOf(args).chains)],
  }),
})
