import { z } from 'zod'
import { lines, nothing } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { hostPath, int, textList } from './args.ts'
import { defineModule } from './define.ts'
import { hardwareFacts, hardwareQuestions } from './facts/hardware.ts'
import { localFacts, localScript } from './facts/local.ts'
import { networkFacts, networkQuestions } from './facts/network.ts'
import { platformFacts, platformQuestions } from './facts/platform.ts'
import { ask, readSections, type Sections } from './facts/sections.ts'
import { subsets, wantedSubsets } from './facts/subsets.ts'
import { virtualFacts, virtualQuestions } from './facts/virtual.ts'

const args = z
  .strictObject({
    gather_subset: textList()
      .superRefine((names, context) => {
        for (const name of names) {
          const bare = name.replace(/^!/, '')
          if (bare === 'facter' || bare === 'ohai')
            context.addIssue(`${bare} is not supported: it is a program of its own`)
          else if (subsets[bare] === undefined)
            context.addIssue(`'${bare}' is not a subset: all, min, hardware, network, virtual`)
        }
      })
      .default(['all'])
      .describe('What to gather: all, min, hardware, network, virtual; `!` leaves out'),
    gather_timeout: int(1).default(10).describe('Seconds for one program of fact_path'),
    filter: textList().default([]).describe('Only facts whose names match one of these patterns'),
    fact_path: hostPath().default('/etc/ansible/facts.d').describe("Where the host's own facts are"),
  })
  .transform((given) => ({ ...given, wanted: wantedSubsets(given.gather_subset) }))

type Wish = z.output<typeof args>

/** Facts of a host under Ansible's names, without Python. */
export default defineModule({
  name: 'setup',
  aliases: ['gather_facts'],
  doc: {
    summary: 'Gather facts: distribution, hardware, addresses, …',
    example: '- setup: { gather_subset: [network] }',
    returns: { ansible_facts: 'the facts' },
  },
  args,
  readOnly: true,
  probe: ({ wanted, fact_path, gather_timeout }: Wish) =>
    lines(
      ask({
        ...(wanted.has('min') && platformQuestions),
        ...(wanted.has('hardware') && hardwareQuestions),
        ...(wanted.has('network') && networkQuestions),
        ...(wanted.has('virtual') && virtualQuestions),
      }),
      wanted.has('min') ? localScript(fact_path, gather_timeout) : nothing,
    ),
  parse: readSections,
  plan: () => ({ changes: [] }),
  apply: () => ({ script: nothing }),
  result: (wish, sections: Sections): Mapping => ({ ansible_facts: facts(wish, sections) }),
})

function facts({ wanted, filter, gather_subset }: Wish, sections: Sections): Mapping {
  const found: Mapping = {
    ...(wanted.has('min') && { ...platformFacts(sections), local: localFacts(sections.get('local') ?? []) }),
    ...(wanted.has('hardware') && hardwareFacts(sections)),
    ...(wanted.has('network') && networkFacts(sections)),
    ...(wanted.has('virtual') && virtualFacts(sections)),
  }
  const named = Object.entries(found).map(([name, value]) => [`ansible_${name}`, value] as const)
  const patterns = filter.filter((pattern) => pattern !== '').map(fnmatch)
  const kept = named.filter(([name]) => patterns.length === 0 || patterns.some((pattern) => pattern.test(name)))
  return { ...Object.fromEntries(kept), gather_subset, module_setup: true }
}

/** As Python's fnmatch, with or without the prefix `ansible_`. */
function fnmatch(pattern: string): RegExp {
  const body = pattern
    .replace(/[.+^$(){}|\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
    .replace(/\[!/g, '[^')
  return new RegExp(`^(?:ansible_)?(?:${body})$`)
}
