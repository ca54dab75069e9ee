import { z } from 'zod'
import { nothing, type Script, sh } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { hostPath, withAliases } from './args.ts'
import { defineModule } from './define.ts'
import type { Effects } from './effects.ts'
import { pathWord } from './paths/look.ts'
import { effectAt } from './paths/overlay.ts'

const args = withAliases(z.strictObject({ src: hostPath().describe('The file on the host.') }), { path: 'src' })

type Wish = z.output<typeof args>

interface State {
  /** The content in Base64; undefined: it cannot be read, for the reason in `fault`. */
  readonly content: string | undefined
  readonly fault: string
  /** Check runs: an earlier task writes the file. */
  readonly later?: boolean
}

const probe = ({ src }: Wish): Script => sh`p=${pathWord(src)}
if [ -d "$p" ]; then echo 'source is a directory and must be a file'
elif [ ! -e "$p" ]; then echo 'file not found'
elif [ ! -r "$p" ]; then echo 'file is not readable'
elif command -v base64 >/dev/null; then echo content; base64 <"$p"
elif command -v openssl >/dev/null; then echo content; openssl base64 -e <"$p"
else echo 'this host has neither base64 nor openssl to read a file with'; fi`

function parse(output: string): State {
  const [head = '', ...rest] = output.split('\n')
  return head === 'content' ? { content: rest.join(''), fault: '' } : { content: undefined, fault: head }
}

function overlay(state: State, effects: Effects, { src }: Wish): State {
  const effect = effectAt(src, effects)
  if (!effect) return state
  if (effect.type === 'absent') return { content: undefined, fault: 'file not found' }
  return effect.contentChanges || state.content === undefined ? { ...state, later: true } : state
}

/** Reads a file of the host, as Ansible's `slurp`. */
export default defineModule({
  name: 'slurp',
  doc: {
    summary: 'Read a file of the host into a variable, in Base64',
    checkMode: 'Reads as in a real run; where an earlier task would write the file, the old content and a warning.',
    example: `- slurp: { src: /etc/machine-id }
  register: id
- debug: { msg: "{{ id.content | b64decode }}" }`,
    returns: { content: 'the file in Base64', encoding: 'base64', source: 'the path' },
  },
  args,
  readOnly: true,
  probe,
  parse,
  overlay,
  plan: ({ src }, { content, fault, later }) => ({
    changes: [],
    ...(content === undefined && !later ? { refuse: `${fault}: ${src}` } : {}),
    ...(later ? { warnings: [`${src} is changed by an earlier task: what it will hold is not known yet`] } : {}),
  }),
  apply: () => ({ script: nothing }),
  result: ({ src }, { content = '' }): Mapping => ({ content, encoding: 'base64', source: src }),
})
