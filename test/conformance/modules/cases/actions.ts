import type { Trial } from '../trial.ts'

const files = { 'files/show.sh': '#!/bin/sh\necho "$#:$1:$2"; echo warned >&2; exit "${3:-0}"\n' }

/** Modules that act on the host or bring something from it. */
export const actionTrials: readonly Trial[] = [
  { module: 'script', name: 'with arguments', files, args: "show.sh 'a b' c" },
  {
    module: 'script',
    name: 'a pattern among the arguments',
    files,
    start: 'touch {{dir}}/x1 {{dir}}/x2',
    args: 'show.sh {{dir}}/x*',
  },
  { module: 'script', name: 'a failure', files, args: 'show.sh a b 3' },
  {
    module: 'script',
    name: 'another interpreter',
    files,
    args: { cmd: 'show.sh 1 2', executable: '/bin/bash -e' },
  },
  { module: 'script', name: 'what exists', files, args: 'show.sh creates={{dir}}' },
  { module: 'script', name: 'what does not exist', files, args: 'show.sh a removes={{dir}}/no' },
  { module: 'script', name: 'in a folder', files: { 'files/here.sh': 'touch where\n' }, args: 'here.sh chdir={{dir}}' },
  { module: 'script', name: 'a script that is not there', args: 'none.sh' },
  { module: 'raw', name: 'a text', args: 'echo one; echo two >&2' },
  { module: 'raw', name: 'no line break at the end', args: 'printf abc' },
  { module: 'raw', name: 'a failure', args: 'echo no; exit 4' },
  { module: 'raw', name: 'another shell', args: 'a=(1 2); echo ${a[1]} executable=/bin/bash' },
  { module: 'fetch', name: 'a file', start: 'printf text >{{dir}}/a', args: { src: '{{dir}}/a', dest: '{{dir}}/got' } },
  {
    module: 'fetch',
    name: 'a file by its name',
    start: 'printf text >{{dir}}/a',
    args: { src: '{{dir}}/a', dest: '{{dir}}/b', flat: true },
  },
  {
    module: 'fetch',
    name: 'a file into a folder',
    start: 'printf text >{{dir}}/a; mkdir {{dir}}/d',
    args: { src: '{{dir}}/a', dest: '{{dir}}/d/', flat: true },
  },
  {
    module: 'fetch',
    name: 'what is there already',
    start: 'printf text >{{dir}}/a; cp {{dir}}/a {{dir}}/b',
    args: { src: '{{dir}}/a', dest: '{{dir}}/b', flat: true },
  },
  {
    module: 'fetch',
    name: 'over another file',
    start: 'printf text >{{dir}}/a; echo x >{{dir}}/b',
    args: { src: '{{dir}}/a', dest: '{{dir}}/b', flat: true },
  },
  {
    module: 'fetch',
    name: 'onto a folder',
    start: 'printf text >{{dir}}/a; mkdir {{dir}}/d',
    args: { src: '{{dir}}/a', dest: '{{dir}}/d', flat: true },
  },
  {
    module: 'fetch',
    name: 'a link',
    start: 'printf text >{{dir}}/a; ln -s a {{dir}}/l',
    args: { src: '{{dir}}/l', dest: '{{dir}}/b', flat: true },
  },
  {
    module: 'fetch',
    name: 'nothing',
    start: ': >{{dir}}/a',
    args: { src: '{{dir}}/a', dest: '{{dir}}/b', flat: true },
  },
  { module: 'fetch', name: 'what is not there', args: { src: '{{dir}}/a', dest: '{{dir}}/b', flat: true } },
  {
    module: 'fetch',
    name: 'what is not there, forgiven',
    args: { src: '{{dir}}/a', dest: '{{dir}}/b', fail_on_missing: false },
  },
  { module: 'fetch', name: 'a folder', args: { src: '{{dir}}', dest: '{{dir}}/b' } },
]
