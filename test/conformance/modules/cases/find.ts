import type { Trial } from '../trial.ts'

const start = `cd {{dir}}
mkdir -p a/b/c .h 'with space'
printf 'alpha one\\nbeta two\\n' >a/one.txt
printf 'beta\\nalpha\\nomega\\n' >a/b/two.log
printf 'x' >a/b/c/three.txt
printf 'hidden' >.h/inside.txt
printf 'dot' >.dot.txt
head -c 3000 /dev/zero >big.bin
touch -d '10 days ago' a/one.txt
touch -d '3 hours ago' big.bin
ln -s a link
ln -s nowhere broken
ln a/one.txt hard.txt
printf 'q' >'with space/it'\\''s [x] *.txt'
printf 'n' >"line
break.txt"
printf 'e' >été.txt
mkfifo pipe
chmod 4750 hard.txt`

const inDir = { paths: '{{dir}}' }

const rows: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['files of one directory', {}],
  ['everything', { file_type: 'any', recurse: true, hidden: true }],
  ['directories', { file_type: 'directory', recurse: true }],
  ['links', { file_type: 'link', recurse: true }],
  ['links, following', { file_type: 'link', recurse: true, follow: true }],
  ['below links', { recurse: true, follow: true }],
  ['a pattern', { patterns: '*.txt', recurse: true }],
  ['several patterns and excludes', { patterns: ['*.txt', '*.log'], excludes: 'o*', recurse: true }],
  ['excludes alone', { exclude: ['*.txt'], recurse: true }],
  ['a bracket', { patterns: '[!a-h]*', recurse: true }],
  ['a question mark for a letter', { patterns: '?t?.txt', recurse: true }],
  ['a bracket that is not closed', { patterns: '[x', recurse: true }],
  ['regular expressions', { patterns: '^(one|t.*)\\.(txt|log)$', use_regex: true, recurse: true }],
  ['regular expressions from the start', { patterns: 'ne', use_regex: true, recurse: true }],
  ['an excluding expression', { excludes: '.*txt', use_regex: true, recurse: true }],
  ['a depth', { recurse: true, depth: 2, file_type: 'any' }],
  ['a depth of one', { recurse: true, depth: 1 }],
  ['hidden names', { hidden: true, recurse: true }],
  ['old files', { age: '2d', recurse: true }],
  ['young files', { age: '-2d', recurse: true }],
  ['an age in hours', { age: '2h', age_stamp: 'mtime', recurse: true }],
  ['big files', { size: '1k', recurse: true }],
  ['small files', { size: '-10', recurse: true }],
  ['a size among everything', { size: '1k', file_type: 'any', recurse: true }],
  ['a line', { contains: 'alpha', recurse: true }],
  ['a line with an expression', { contains: '(al|be)\\w+\\s\\w{3}$', recurse: true }],
  ['a line that contains it', { contains: '.*eta t', recurse: true }],
  ['a whole file', { contains: 'beta\\nalpha', read_whole_file: true, recurse: true }],
  ['a whole file to its end', { contains: 'omega$', read_whole_file: true, recurse: true }],
  ['a whole file, not a dot for a line break', { contains: 'beta.alpha', read_whole_file: true, recurse: true }],
  ['a whole file, blanks', { contains: 'beta[\\s]alpha\\somega', read_whole_file: true, recurse: true }],
  ['checksums', { get_checksum: true, recurse: true, patterns: 't*' }],
  ['checksums of anything', { get_checksum: true, recurse: true, file_type: 'any' }],
  ['a wrong age', { age: 'old' }],
]

export const findTrials: readonly Trial[] = [
  ...rows
    .filter(([name]) => name !== 'a wrong age')
    .map(([name, args]): Trial => ({ module: 'find', name, start, args: { ...inDir, ...args } })),
  {
    module: 'find',
    name: 'a directory that is not there',
    args: { paths: ['{{dir}}/no', '{{dir}}'], file_type: 'any' },
  },
  { module: 'find', name: 'a link as its root', start, args: { paths: '{{dir}}/link/', recurse: true } },
  { module: 'find', name: 'several roots', start, args: { paths: '{{dir}}/a/b,{{dir}}/with space', recurse: true } },
]
