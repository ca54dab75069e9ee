import { lines, type Script, sh } from '../../shell/script.ts'
import { defineModule, type Plan } from '../define.ts'
import type { Effects } from '../effects.ts'
import { packagesPending } from '../paths/overlay.ts'
import { parseRecords } from '../paths/record.ts'
import { iptablesArguments, type IptablesWish } from './arguments.ts'
import { chainOf, changeScript, program, type State, subject, tables } from './change.ts'
import { confirmedParts } from './confirm.ts'
import { ruleWords } from './rule.ts'

function probe(wish: IptablesWish): Script {
  const words = ruleWords(wish)
  return lines(
    sh`echo 'record iptables'
if command -v ${program(wish)} >/dev/null; then
  echo command
  if r=$(${tables(wish)} -S ${chainOf(wish)} 2>/dev/null); then
    echo chain
    printf '%s\\n' "$r" | sed -n 's/^-P [^ ]* \\([A-Z]*\\).*/policy \\1/p' | head -n 1
    ! printf '%s\\n' "$r" | grep -q '^-A ' || echo filled`,
    subject(wish) === 'rule'
      ? sh`    ! ${tables(wish)} -C ${chainOf(wish)} ${[...words]} >/dev/null 2>&1 || echo rule`
      : sh`    :`,
    sh`  fi
fi`,
  )
}

function parse(output: string): State {
  const fields = parseRecords(output).get('iptables')
  const has = (field: string) => fields?.has(field) === true
  return {
    command: has('command'),
    rule: has('rule'),
    chain: has('chain'),
    filled: has('filled'),
    policy: fields?.get('policy'),
  }
}

const overlay = (state: State, effects: Effects): State => ({
  ...state,
  command: state.command || packagesPending(effects),
})

function plan(wish: IptablesWish, state: State): Plan {
  const none: Plan = { changes: [] }
  const { chain = '', table, state: wished, chain_management: manages } = wish
  const place = chain === '' ? `table ${table}` : `${chain} (${table}, ${wish.ip_version})`
  if (!state.command) return { ...none, refuse: `this host has no ${program(wish)} command` }
  switch (subject(wish)) {
    case 'flush':
      return state.filled ? { changes: [{ what: `flush ${place}` }] } : none
    case 'policy':
      if (state.policy === undefined) return { ...none, refuse: `${place} has no policy: only the built-in chains do` }
      if (state.policy === wish.policy) return none
      return { changes: [{ what: `policy of ${place} ${state.policy} → ${wish.policy ?? ''}` }] }
    case 'chain':
      if (!manages)
        return { ...none, refuse: 'give a rule, flush, policy, or chain_management: true for the chain itself' }
      if (state.chain === (wished === 'present')) return none
      return { changes: [{ what: `${wished === 'present' ? 'create' : 'remove'} chain ${place}` }] }
    case 'rule': {
      if (state.rule === (wished === 'present')) return none
      const rule = ruleWords(wish).join(' ')
      if (wished === 'absent') return { changes: [{ what: `remove from ${place}: ${rule}` }] }
      if (!state.chain && !manages)
        return { ...none, refuse: `there is no chain ${place}: chain_management: true makes it` }
      const made = state.chain ? [] : [{ what: `create chain ${place}` }]
      return { changes: [...made, { what: `${wish.action} to ${place}: ${rule}` }] }
    }
  }
}

/** Single rules of the packet filter, in memory. */
export default defineModule({
  name: 'iptables',
  doc: {
    summary: 'Add and remove single rules of iptables and ip6tables, set policies, flush chains',
    checkMode: 'A rule for a chain that an earlier task makes is announced as if the chain were missing.',
    example: `- iptables:
    chain: INPUT
    protocol: tcp
    destination_port: "443"
    ctstate: [NEW]
    jump: ACCEPT
    comment: the web`,
    returns: { rule: "the rule's words", chain: 'the chain', table: 'the table', ip_version: 'ipv4 or ipv6' },
  },
  args: iptablesArguments,
  probe,
  parse,
  overlay,
  plan,
  apply: (wish, state) => ({ script: changeScript(wish, state) }),
  confirm: { parts: confirmedParts },
  result: (wish) => ({
    ip_version: wish.ip_version,
    table: wish.table,
    chain: wish.chain ?? null,
    flush: wish.flush,
    rule: ruleWords(wish).join(' '),
    state: wish.state,
    chain_management: wish.chain_management,
  }),
})
