import { z } from 'zod'
import { lines, nothing, Script, sh } from '../shell/script.ts'
import { type Mapping, plainText } from '../source/value.ts'
import { textList } from './args.ts'
import { defineModule, type Plan } from './define.ts'
import { readSections, type Sections } from './facts/sections.ts'
import { packagesPending } from './paths/overlay.ts'
import { type Lister, listers } from './packages/listers.ts'

const supported = Object.keys(listers)

const args = z.strictObject({
  manager: textList()
    .superRefine((names, context) => {
      for (const name of names.map((each) => each.toLowerCase())) {
        if (name === 'auto' || Object.hasOwn(listers, name)) continue
        const known = ['pacman', 'pkg', 'portage', 'pkg_info'].includes(name)
        context.addIssue(
          known
            ? `${name} is not supported: only ${supported.join(', ')}`
            : `'${name}' is not a package manager: auto, ${supported.join(', ')}`,
        )
      }
    })
    .default(['auto'])
    .describe('Whom to ask, in this order: auto, rpm, apt, apk'),
  strategy: z.enum(['first', 'all']).default('first').describe('Ask the first that is there, or all of them'),
})

type Wish = z.output<typeof args>

/** The managers to try, in order; `auto` stands for all. */
function order({ manager }: Wish): string[] {
  const named = manager.map((name) => name.toLowerCase())
  return [...new Set(named.includes('auto') ? [...named.filter((name) => name !== 'auto'), ...supported] : named)]
}

interface State {
  readonly sections: Sections
  /** Check runs: an earlier task installs packages. */
  readonly pending: boolean
}

function probe(wish: Wish): Script {
  const each = order(wish).map((name) => {
    const { installed, script } = listers[name] as Lister
    return sh`if [ -z "$found" ] && ${new Script(installed)}; then
  echo ${`@@ ${name}`}
${new Script(script)}
  ${new Script(wish.strategy === 'first' ? 'found=1' : ':')}
fi`
  })
  return lines(sh`found=`, new Script('{'), ...each, new Script('} 2>/dev/null'))
}

function plan({ manager }: Wish, { sections, pending }: State): Plan {
  if (sections.size === 0) {
    const tried = manager.includes('auto') ? supported : manager
    return {
      changes: [],
      refuse: `Could not detect a supported package manager from the following list: ${tried.join(', ')}`,
    }
  }
  const warnings = ['an earlier task changes packages: the list is that of before']
  return { changes: [], ...(pending ? { warnings } : {}) }
}

/** The packages of a host under Ansible's names. */
export default defineModule({
  name: 'package_facts',
  doc: {
    summary: 'List the installed packages (dpkg, rpm, apk)',
    checkMode: 'Looks as in a real run, and warns where an earlier task would change packages.',
    example: `- package_facts:
- debug: { msg: "rsyslog {{ packages.rsyslog[0].version }}" }
  when: "'rsyslog' in packages"`,
    returns: { ansible_facts: 'packages: name → list of name, version, source and what else the manager knows' },
  },
  args,
  readOnly: true,
  probe,
  parse: (output: string): State => ({ sections: readSections(output), pending: false }),
  overlay: (state, effects) => ({ ...state, pending: packagesPending(effects) }),
  plan,
  apply: () => ({ script: nothing }),
  result(wish, { sections }): Mapping {
    if (sections.size === 0) return {}
    const packages: Record<string, Mapping[]> = {}
    for (const name of order(wish)) {
      const rows = sections.get(name)
      // What a later manager says of a name replaces what an earlier one said, as in Ansible.
      if (rows) Object.assign(packages, byName((listers[name] as Lister).read(rows)))
    }
    return { ansible_facts: { packages } }
  },
})

function byName(found: readonly Mapping[]): Record<string, Mapping[]> {
  const packages: Record<string, Mapping[]> = {}
  for (const one of found) (packages[plainText(one['name'] ?? null)] ??= []).push(one)
  return packages
}
