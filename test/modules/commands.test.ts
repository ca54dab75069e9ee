import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import command from '../../src/modules/command.ts'
import { expandedWord, globWord, splitWords } from '../../src/modules/commands/line.ts'
import { splitLines } from '../../src/modules/commands/run.ts'
import type { Report } from '../../src/modules/define.ts'
import shell from '../../src/modules/shell.ts'
import { sh, type Script } from '../../src/shell/script.ts'
import { runScript, shells } from '../support/modules.ts'

type Runner = typeof command | typeof shell

async function run(module: Runner, args: unknown, under: string): Promise<Report> {
  const wish = module.args.parse(args) as never
  return module.report(wish, await runScript(module.run(wish).script, under))
}

function shellcheck(script: Script): void {
  // SC2016: a dollar sign in a value is meant to stay one.
  execFileSync('shellcheck', ['-s', 'sh', '-e', 'SC2016', '-'], {
    input: script.text,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
}

describe('splitting a command line', () => {
  const cases: readonly [string, readonly string[]][] = [
    ['ls -l /tmp', ['ls', '-l', '/tmp']],
    [`echo 'a b' "c d" e\\ f`, ['echo', 'a b', 'c d', 'e f']],
    [`echo "a\\"b\\\\c\\d"`, ['echo', 'a"b\\c\\d']],
    [`echo ''`, ['echo', '']],
    [`echo a'b'"c"d`, ['echo', 'abcd']],
    ['echo a;b|c>d #e', ['echo', 'a;b|c>d', '#e']],
    ['  echo\n a\t b ', ['echo', 'a', 'b']],
  ]
  for (const [text, words] of cases) it(JSON.stringify(text), () => expect(splitWords(text)).to.deep.equal(words))

  it('says what is not closed', () => {
    expect(() => splitWords(`echo "a`)).to.throw('No closing quotation')
    expect(() => splitWords(`echo 'a`)).to.throw('No closing quotation')
    expect(() => splitWords('echo \\')).to.throw('No escaped character')
  })
})

for (const under of Object.keys(shells)) {
  describe(`command and shell under ${under}`, () => {
    let dir = ''
    before(() => (dir = mkdtempSync(join(tmpdir(), 'commands-'))))
    after(() => rmSync(dir, { recursive: true, force: true }))

    it('carries any word unchanged', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !/\0|^~|\$/.test(text))),
          async (words) => {
            const report = await run(command, { argv: ['printf', '%s|', ...words], strip_empty_ends: false }, under)
            expect(report.result?.['stdout']).to.equal(
              words.length === 0 ? '|' : words.map((word) => `${word}|`).join(''),
            )
          },
        ),
        { numRuns: 25 },
      )
    })

    const results: readonly [string, Runner, unknown, Record<string, unknown>][] = [
      ["runs the program echo, not the shell's", command, { cmd: `echo 'a\\nb'` }, { rc: 0, stdout: 'a\\nb', msg: '' }],
      [
        'expands variables that are set',
        command,
        { cmd: 'echo $HOME ${HOME}x "$NOPE" ${NOPE}' },
        { stdout: '/root /rootx $NOPE ${NOPE}' },
      ],
      ['expands the home directory', command, { cmd: 'echo ~/a ~root/b c~' }, { stdout: '/root/a /root/b c~' }],
      [
        'expands nothing when told so',
        command,
        { cmd: 'echo $HOME ~', expand_argument_vars: false },
        { stdout: '$HOME ~' },
      ],
      [
        'expands no pattern and starts no second command',
        command,
        { cmd: 'echo /etc/* ; $(id) `id` | cat' },
        { stdout: '/etc/* ; $(id) `id` | cat' },
      ],
      ['hands over stdin', command, { cmd: 'cat', stdin: `it's\n$x` }, { stdout: `it's\n$x` }],
      [
        'adds no line break to stdin when told so',
        command,
        { cmd: 'wc -c', stdin: 'ab', stdin_add_newline: false },
        { stdout: '2' },
      ],
      ['has an empty stdin otherwise', command, { cmd: 'wc -c' }, { stdout: '0' }],
      [
        'keeps empty ends when told so',
        shell,
        { cmd: `printf 'a\\n\\n'`, strip_empty_ends: false },
        { stdout: 'a\n\n' },
      ],
      ['runs pipes and variables', shell, { cmd: 'x=3; seq $x | wc -l' }, { stdout: '3' }],
      ['runs several lines', shell, { cmd: 'if true\nthen echo a\nfi\n# end' }, { stdout: 'a' }],
      [
        'runs another shell',
        shell,
        { cmd: 'a=(1 2); echo ${a[1]}; cat', executable: '/bin/bash', stdin: 'x' },
        { stdout: '2\nx' },
      ],
      ['runs what is no shell', shell, { cmd: 'BEGIN { print 7 }', executable: '/usr/bin/awk' }, { rc: 2 }],
      [
        'tells lines',
        shell,
        { cmd: `printf 'a\\r\\nb\\fc\\n'; echo e >&2` },
        { stdout_lines: ['a', 'b', 'c'], stderr_lines: ['e'] },
      ],
    ]
    for (const [name, module, args, expected] of results) {
      it(name, async () => {
        const report = await run(module, args, under)
        if (expected['rc'] === 2) return expect(report.failed).to.equal('non-zero return code')
        expect(report.failed).to.equal(undefined)
        expect(report.changed).to.equal(true)
        expect(report.result).to.deep.include(expected)
        return expect(report.result?.['delta']).to.match(/^0:00:0\d\.\d{6}$/)
      })
    }

    const failures: readonly [string, Runner, unknown, RegExp, number][] = [
      ['a non-zero exit', shell, { cmd: 'exit 3' }, /^non-zero return code$/, 3],
      ['a syntax error', shell, { cmd: 'echo "never closed' }, /^non-zero return code$/, 2],
      ['a program that is not there', command, { argv: ['surely-not-there'] }, /^\[Errno 2\] No such file/, 2],
      [
        'a directory that is not there',
        shell,
        { cmd: 'touch here', chdir: '/surely/not' },
        /^Unable to change directory/,
        1,
      ],
      ['a directory that is a file', shell, { cmd: 'touch here', chdir: '/etc/hostname' }, /Not a directory/, 1],
    ]
    for (const [name, module, args, reason, rc] of failures) {
      it(`fails for ${name}`, async () => {
        const report = await run(module, args, under)
        expect(report.failed).to.match(reason)
        expect(report.result?.['rc']).to.equal(rc)
      })
    }

    it('fails for a program that may not run', async () => {
      writeFileSync(join(dir, 'plain'), '', { mode: 0o644 })
      const report = await run(command, { argv: ['./plain'], chdir: dir }, under)
      expect(report.failed).to.match(/^\[Errno 13\] Permission denied/)
    })

    it('runs in the directory', async () => {
      expect((await run(shell, { cmd: 'pwd', chdir: dir }, under)).result?.['stdout']).to.equal(dir)
    })

    it('ends only its own text at a syntax error', async () => {
      const wish = shell.args.parse({ cmd: 'echo "' })
      const step = await runScript(sh`( ${shell.run(wish).script} ); echo "went on"`, under)
      expect(step.stdout.toString()).to.match(/went on\n$/)
    })

    it('does not run what creates or removes rule out', async () => {
      writeFileSync(join(dir, "it's a.txt"), '')
      const guards: readonly [Record<string, string>, RegExp | undefined][] = [
        [{ creates: join(dir, "it's a.txt") }, /^Did not run command since '.*' exists$/],
        [{ creates: join(dir, "it's *") }, /exists$/],
        [{ creates: join(dir, "it'[st] ?.t[!b-w]t") }, /exists$/],
        [{ creates: join(dir, 'nope*') }, undefined],
        [{ creates: join(dir, '$(touch pwned)') }, undefined],
        [{ removes: join(dir, 'nope*') }, /^Did not run command since '.*' does not exist$/],
        [{ removes: join(dir, '*.txt') }, undefined],
        [{ creates: '*.txt', chdir: dir }, /exists$/],
      ]
      for (const [args, reason] of guards) {
        const wish = shell.args.parse({ cmd: 'true', ...args })
        const step = await runScript(shell.guard?.(wish) ?? sh`:`, under)
        const said = shell.satisfied?.(wish, step.stdout.toString())
        if (reason) expect(said).to.match(reason)
        else expect(said).to.equal(undefined)
      }
      expect(existsSync(join(dir, 'pwned'))).to.equal(false)
    })
  })
}

describe('command and shell', () => {
  const refused: readonly [Runner, unknown, RegExp][] = [
    [command, {}, /no command given/],
    [command, { cmd: 'a', argv: ['a'] }, /not both/],
    [command, { cmd: 'echo "' }, /No closing quotation/],
    [command, { cmd: 'ls', executable: '/bin/sh' }, /starts no shell/],
    [command, { cmd: 'ls', warn: false }, /removed from Ansible/],
    [shell, { cmd: ' ' }, /no command given/],
    [shell, { cmd: 'ls', executable: 'bash' }, /absolute path/],
    [shell, { cmd: 'a\0b' }, /NUL/],
  ]
  for (const [module, args, reason] of refused) {
    it(`${module.name} refuses ${JSON.stringify(args)}`, () => {
      expect(module.args.safeParse(args).error?.message).to.match(reason)
    })
  }

  it('please shellcheck', () => {
    shellcheck(
      command.run(command.args.parse({ argv: ['echo', '$HOME/${X}', '~/a b'], chdir: '~/x', stdin: 'a' })).script,
    )
    shellcheck(shell.run(shell.args.parse({ cmd: `echo 'x'`, executable: '/bin/bash', chdir: '/tmp' })).script)
    const wish = shell.args.parse({ cmd: 'a', creates: '/a b/*.[ch]', removes: '~/x' })
    shellcheck(shell.guard?.(wish) ?? sh`:`)
  })

  it('say when their time was over', () => {
    const wish = shell.args.parse({ cmd: 'sleep 9' })
    const stdout = Buffer.from('2026-01-01 00:00:00.5\npart')
    const report = shell.report(wish, { code: 143, stdout, stderr: Buffer.alloc(0), timedOut: true, ms: 9 })
    expect(report.failed).to.match(/time was over/)
    expect(report.result?.['stdout']).to.equal('part')
  })

  it('quote what they expand', () => {
    expect(expandedWord('$A b').text).to.equal(`"\${A-\\$A}"' b'`)
    expect(expandedWord('').text).to.equal(`''`)
    expect(globWord('/a b/*.c').text).to.equal(`'/a b/'*.c`)
    expect(splitLines('a\r\nb\u2028c\n')).to.deep.equal(['a', 'b', 'c'])
  })
})
