import type { Trial } from '../trial.ts'

const tree = `cd {{dir}}; mkdir -p t/a/b to; cd t; echo one >a/b/one; echo two >a/two; ln -s two a/link; chmod 0640 a/two; chmod 0750 a/b
touch -d '2024-02-03 04:05:06' a/b/one a/two`

const pack = (command: string) => `${tree}; ${command} {{dir}}.arc a; cd ..; rm -r t`

const zip = `${tree}; zip -qry {{dir}}.zip a; cd ..; mv {{dir}}.zip {{dir}}.arc; rm -r t`

/** What Ansible tells of the programs it ran, and of the folder it copied the archive to. */
const except = ['extract_results', 'src', 'skipped', 'stderr', 'exception']

function trial(name: string, args: object, start = pack('tar -czf'), more: Partial<Trial> = {}): Trial {
  return {
    module: 'unarchive',
    name,
    start,
    args: { src: '{{dir}}.arc', dest: '{{dir}}/to', ...args },
    except,
    ...more,
  }
}

const again = (change: string) => `${pack('tar -czf')}; tar -xzf {{dir}}.arc -C to; cd to/a; ${change}`

export const unarchiveTrials: readonly Trial[] = [
  trial('a tar of the host', { remote_src: true, list_files: true }, pack('tar -cf')),
  trial('a tar.gz of the host', { remote_src: true, list_files: true }),
  trial('a tar.bz2 of the host', { copy: false }, pack('tar -cjf')),
  trial('a tar.xz of the host', { remote_src: true }, pack('tar -cJf')),
  trial('a zip of the host', { remote_src: true, list_files: true }, zip),
  trial('a tar of the controller', { list_files: true }, pack('tar -cf')),
  trial('a tar.xz of the controller', {}, pack('tar -cJf')),
  trial('a zip of the controller', { list_files: true }, zip),
  trial('there already', { remote_src: true }, again(':')),
  trial('there already, from the controller', {}, again(':')),
  trial('a file that is missing', { remote_src: true }, again('rm two')),
  trial('a file of another time', {}, again('touch two')),
  trial('a file of another mode', { remote_src: true }, again('chmod 600 two')),
  trial('another target', {}, again('ln -sfn x link'), { differs: 'Ansible does not look at targets' }),
  trial('another content of the same time', {}, again("printf 'TWO\\n' >two; touch -d '2024-02-03 04:05:06' two"), {
    differs: 'Ansible looks at the time alone',
  }),
  trial('other attributes', { owner: 'daemon', group: 'adm', mode: 'u=rwX,g=rX,o=' }),
  trial('other attributes of what is there', { owner: 'daemon', mode: '0700', remote_src: true }, again(':')),
  trial('without some', { exclude: ['a/b', '*link'], list_files: true }),
  trial('without some of a zip', { exclude: ['a/b/*'], list_files: true, remote_src: true }, zip),
  trial('only some', { include: ['a/two'], list_files: true, remote_src: true }),
  trial('names cut off', { extra_opts: ['--strip-components=1'] }),
  trial('names changed', { extra_opts: ['--transform=s/^a/z/'], remote_src: true, list_files: true }),
  trial('newer files kept', { keep_newer: true }, again('echo mine >two'), {
    differs: 'Ansible says changed, and changes nothing',
  }),
  trial('what exists', { creates: '{{dir}}/to' }, undefined, { except: [...except, 'msg'] }),
  trial('no directory', { dest: '{{dir}}/no' }),
  trial('no archive', { src: '{{dir}}/no', remote_src: true }),
  trial('a text', { remote_src: true }, `${tree}; echo text >{{dir}}.arc`),
  trial('an empty file', { remote_src: true }, `${tree}; : >{{dir}}.arc`),
]
