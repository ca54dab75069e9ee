import { expect } from 'chai'
import fc from 'fast-check'
import { applyPatch } from 'diff'
import { diffLines } from '../../src/report/diff-text.ts'
import { bare } from './support/stream.ts'

const show = (before: string, after: string, maxLines = Infinity): string[] =>
  diffLines({ name: '/etc/x', before, after }, { theme: bare, maxLines })

describe('a diff as text', () => {
  const cases: [string, string, string, string[]][] = [
    ['a new file', '', 'a\nb\n', ['--- /dev/null', '+++ /etc/x', '@@ -0,0 +1,2 @@', '+a', '+b']],
    ['a file that goes', 'a\n', '', ['--- /etc/x', '+++ /dev/null', '@@ -1 +0,0 @@', '-a']],
    [
      'a missing line end',
      '',
      'a',
      ['--- /dev/null', '+++ /etc/x', '@@ -0,0 +1 @@', '+a', '\\ No newline at end of file'],
    ],
    ['nothing', 'a\n', 'a\n', ['--- /etc/x', '+++ /etc/x', 'no difference in the text']],
    ['a secret', 'key=********\n', 'key=********\n', ['--- /etc/x', '+++ /etc/x', 'only what is masked differs']],
    ['bytes', 'a\0', 'b\0b', ['--- /etc/x', '+++ /etc/x', 'binary: 2 bytes → 3 bytes']],
    [
      'a difference in blanks only, which is made visible',
      'a\tb \nc\r\n',
      'a b\nc\n',
      ['--- /etc/x', '+++ /etc/x', '@@ -1,2 +1,2 @@', '-a→      b·', '-c\\r', '+a b', '+c'],
    ],
    [
      'tabs as blanks elsewhere',
      '\ta\n',
      '\tb\n',
      ['--- /etc/x', '+++ /etc/x', '@@ -1 +1 @@', '-        a', '+        b'],
    ],
    [
      'control characters, spelled out',
      'a\n',
      'a\u001b[2J\n',
      ['--- /etc/x', '+++ /etc/x', '@@ -1 +1 @@', '-a', '+a\\x1b[2J'],
    ],
  ]
  for (const [name, before, after, lines] of cases) {
    it(name, () => {
      expect(show(before, after)).to.deep.equal(lines)
    })
  }

  it('counts what it leaves out', () => {
    const text = Array.from({ length: 100 }, (_, at) => `line ${at}\n`).join('')
    const lines = show('', text, 20)
    expect(lines).to.have.length(2 + 20 + 1)
    expect(lines.at(-1)).to.equal('… 81 more lines of this diff (+100 −0 in all)')
  })

  it('gives up soon on texts that have nothing in common', () => {
    const numbers = (from: number): string => Array.from({ length: 20_000 }, (_, at) => `${from + at}\n`).join('')
    const started = performance.now()
    expect(show(numbers(0), numbers(100_000), 40).at(-1)).to.match(
      /^too different to show: 108,890 bytes → 140,000 bytes$/,
    )
    expect(performance.now() - started).to.be.below(5_000)
  })

  it('is a patch that makes the one text into the other', () => {
    const line = fc.constantFrom('a', 'b', 'c c', 'd', '& stop')
    const text = fc
      .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
      .map(([lines, end]) => lines.join('\n') + (end ? '\n' : ''))
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after)
        expect(applyPatch(before, show(before, after).join('\n') + '\n')).to.equal(after)
      }),
    )
  })
})
