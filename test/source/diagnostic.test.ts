import { expect } from 'chai'
import fc from 'fast-check'
import { UserError } from '../../src/errors.ts'
import { formatDiagnostic, formatWarning } from '../../src/source/diagnostic.ts'

function shown(source: string | undefined, line: number, column: number, hint?: string): string {
  const error = new UserError('something is wrong', { at: { file: 'site.yml', line, column }, hint })
  return formatDiagnostic(error, () => source, { color: false })
}

describe('formatDiagnostic', () => {
  it('shows the place, the line before, the line with a caret, and the hint', () => {
    expect(shown('- hosts: all\n  tasks: {{ x }}\n', 2, 10, 'quote it')).to.equal(
      [
        'site.yml:2:10: error: something is wrong',
        ' 1 | - hosts: all',
        ' 2 |   tasks: {{ x }}',
        '   |          ^',
        'hint: quote it',
      ].join('\n'),
    )
  })

  it('does without what it does not have', () => {
    expect(formatDiagnostic(new UserError('no such file'), () => undefined, { color: false })).to.equal(
      'error: no such file',
    )
    expect(shown(undefined, 3, 1)).to.equal('site.yml:3:1: error: something is wrong')
    expect(shown('one line', 3, 1)).to.equal('site.yml:3:1: error: something is wrong')
    expect(shown('x', 1, 1)).to.contain(' 1 | x\n   | ^')
  })

  it('never shows the lines of an encrypted file', () => {
    expect(shown('$ANSIBLE_VAULT;1.1;AES256\n123\n', 2, 1)).to.equal('site.yml:2:1: error: something is wrong')
  })

  it('puts the caret below the character after tabs and wide characters', () => {
    expect(shown('\ta: x', 1, 2)).to.contain(' 1 |     a: x\n   |     ^')
    expect(shown('日本: x', 1, 5)).to.contain(' 1 | 日本: x\n   |       ^')
  })

  it('shows a long line around the place', () => {
    const line = `key: ${'a'.repeat(150)}HERE${'b'.repeat(150)}`
    const [, frame = '', caret = ''] = shown(line, 1, 156).split('\n')
    expect(frame).to.have.length(100)
    expect(frame).to.match(/^ 1 \| …a+HEREb+…$/)
    expect(frame.indexOf('HERE')).to.equal(caret.indexOf('^'))
  })

  it('keeps to 100 columns and points at the character, wherever it is', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\t', '.', 'é'), maxLength: 300 })
    fc.assert(
      fc.property(text, fc.nat(300), (before, offset) => {
        const line = `${before}X`
        const column = Math.min(offset, before.length) + 1
        const [, frame = '', caret = ''] = shown(line, 1, column).split('\n')
        expect(frame.length).to.be.at.most(100)
        expect(caret.length).to.be.at.most(100)
        const expected = line.charAt(column - 1)
        const pointed = frame.charAt(caret.indexOf('^'))
        if (pointed !== '…' && expected !== '\t' && expected !== ' ') expect(pointed).to.equal(expected)
      }),
    )
  })

  it('lets no control characters through to the terminal', () => {
    const text = shown('a: \u001b[31mred\u0007', 1, 1, 'use \u001b[0m')
    expect(text).not.to.match(/[\u0000-\u0009\u000b-\u001f]/)
  })

  it('is coloured only when asked', () => {
    const error = new UserError('bad', { at: { file: 'f', line: 1, column: 1 }, hint: 'h' })
    expect(formatDiagnostic(error, () => 'x', { color: true })).to.contain('\u001b[')
    expect(formatWarning({ message: 'odd' }, () => 'x', { color: false })).to.equal('warning: odd')
  })
})
