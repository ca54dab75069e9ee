import type { Trial } from '../trial.ts'

const own = 'deb http://own.example.org/debian stable main'
const folder = `mkdir -p {{dir}}/apt/list.d; echo 'Dir::Etc "{{dir}}/apt"; Dir::Etc::sourcelist "main.list"; Dir::Etc::sourceparts "list.d";' >{{dir}}.conf`

/** Sources of an apt of the task's own. */
function trial(name: string, args: Readonly<Record<string, unknown>>, start = ':', more: Partial<Trial> = {}): Trial {
  return {
    module: 'apt_repository',
    name,
    start: `${folder}; cd {{dir}}/apt; ${start}`,
    args: { repo: own, update_cache: false, ...args },
    environment: { APT_CONFIG: '{{dir}}.conf' },
    except: ['diff'],
    ...more,
  }
}

export const aptRepositoryTrials: readonly Trial[] = [
  trial('a new source', {}),
  trial('a new source of a file of its own', { filename: 'mine', mode: '0600' }),
  trial('a new source of a file by its path', { filename: '{{dir}}/apt/list.d/other' }),
  trial('a mode as a number', { mode: 416 }),
  trial('more blanks than needed', { repo: 'deb   http://own.example.org/debian  stable   main' }),
  trial('options and a password in the address', {
    repo: 'deb [arch=amd64 signed-by=/a.asc] https://me:pw@own.example.org:8443/a/b stable main',
  }),
  trial('a source of code', { repo: 'deb-src http://own.example.org/debian stable main' }),
  trial('a source of a folder', { repo: 'deb file:///srv/repo ./' }),
  trial('below another one', { filename: 'mine' }, 'echo "deb http://a.example.org x y" >list.d/mine.list'),
  trial('there already, elsewhere', { filename: 'mine' }, `echo '${own}' >main.list`),
  trial('there already, with a remark', {}, `echo '${own} # ours' >list.d/z.list`),
  trial('there in other blanks', {}, `echo '  deb  http://own.example.org/debian stable  main' >list.d/z.list`),
  trial('switched off', {}, `echo '# ${own}' >list.d/z.list; printf '# a\\n${own.replace('own', 'b')}\\n' >main.list`),
  trial('switched off, with a remark', {}, `echo '# ${own} # ours' >list.d/z.list`),
  trial('switched off twice', {}, `echo '# ${own}' >list.d/z.list; echo '# ${own}' >main.list`),
  trial('other components', {}, `echo '${own} contrib' >list.d/z.list`),
  trial('gone', { state: 'absent' }, `printf '# a\\n${own}\\n' >list.d/z.list`),
  trial('gone, and its file', { state: 'absent' }, `echo '${own}' >list.d/z.list; echo '${own}' >main.list`),
  trial('gone already', { state: 'absent' }, `echo '# ${own}' >list.d/z.list`),
  trial('other lines as they are', {}, `printf '#a\\n\\n  # b\\n#  ${own}\\n' >list.d/z.list`, {
    differs: 'only the line of the source is written',
  }),
  trial('gone, written twice', { state: 'absent' }, `printf '${own}\\n# a\\n${own}\\n' >list.d/z.list`, {
    differs: 'Ansible stumbles over the lines it takes out',
  }),
]
