import { z } from 'zod'
import { sh } from '../shell/script.ts'
import { hostPath, text } from './args.ts'
import { defineAction, type StepResult } from './define.ts'
import { pathWord } from './paths/look.ts'

const part = () => text().refine((value) => !/[/\n]/.test(value), 'must be a part of a name, without a slash')

const args = z.strictObject({
  state: z.enum(['file', 'directory']).default('file').describe('What is made.'),
  path: hostPath().optional().describe("Where; left out: the host's TMPDIR, or /tmp."),
  prefix: part().default('ansible.').describe('What its name begins with.'),
  suffix: part().default('').describe('What its name ends with.'),
})

/** A new, empty place that only the task's user may look into. */
export default defineAction({
  name: 'tempfile',
  doc: {
    summary: 'Make a temporary file or directory with a new name',
    checkMode: 'not run: there would be no name to go on with',
    example: '- tempfile: { state: directory, suffix: build }\n  register: scratch',
    returns: { path: 'the new path', state: 'file or directory', mode: '0600 or 0700', owner: 'name', group: 'name' },
  },
  args,
  run: ({ state, path, prefix, suffix }) => ({
    script: sh`set -e
umask 077
d=${path === undefined ? sh`\${TMPDIR:-/tmp}` : pathWord(path)}
[ -d "$d" ] || { printf '%s is no directory\\n' "$d" >&2; exit 1; }
n=0
while :; do
  r=$(od -A n -N 6 -t x1 /dev/urandom | tr -d ' \\n')
  p=\${d%/}/${prefix}$r${suffix}
  if ${state === 'directory' ? sh`mkdir "$p"` : sh`(set -C; : >"$p")`} 2>/dev/null; then break; fi
  n=$((n + 1))
  [ "$n" -lt 100 ] || { printf 'nothing can be made in %s\\n' "$d" >&2; exit 1; }
done
printf '%s\\n' "$p"
stat -c '%u:%g:%a:%s:%U:%G' "$p"`,
  }),
  report({ state }, { code, stdout, stderr }: StepResult) {
    if (code !== 0) return { changed: false, failed: stderr.toString().trim() || `ended with ${code}` }
    const rows = stdout.toString().trimEnd().split('\n')
    const [uid, gid, mode = '', size, owner = '', group = ''] = (rows.pop() ?? '').split(':')
    const path = rows.join('\n')
    const numbers = { uid: Number(uid), gid: Number(gid), size: Number(size) }
    return {
      changed: true,
      changes: [{ what: `create ${path}` }],
      result: { path, state, mode: `0${mode}`, owner, group, ...numbers },
    }
  },
})
