import { expect } from 'chai'
import { maskedDiff } from '../../src/engine/masked-diff.ts'
import { createRedactor } from '../../src/variables/redaction.ts'

describe('diffs with secrets', () => {
  const masked = (before: string, after: string) => {
    const redactor = createRedactor()
    redactor.add('new-secret')
    const { before: was, after: is } = maskedDiff({ name: 'file', before, after }, redactor)
    return [was, is]
  }

  const cases: readonly (readonly [what: string, before: string, after: string, shown: string])[] = [
    ['the key before this one', 'a [key="older-one"] b', 'a [key="new-secret"] b', 'a [key="********"] b'],
    [
      'in an older form of the line',
      'string="<x> [S key=\\"old\\"]"',
      'template(y) [S key=\\"new-secret\\"]\n',
      'string="<x> [S key=\\"********\\"]"',
    ],
    [
      'at the end of a line',
      'x: 1\npassword: old one\ny: 2\n',
      'password: new-secret\n',
      'x: 1\npassword: ********\ny: 2\n',
    ],
    ['wherever the place comes again', 'k=old1;\nk=old2;\n# k=\n', 'abc k=new-secret;\n', 'k=old1;\nk=old2;\n# k=\n'],
    [
      'wherever a longer one comes again',
      'key=old1;\nkey=old2;\n# key=\n',
      'key=new-secret;\n',
      'key=********;\nkey=********;\n# key=\n',
    ],
    ['all where nothing says what it is', 'old\nmore\n', 'new-secret\n', '********'],
    ['the words of an older one', 'pw=two words x\ny', 'pw=new-secret x', 'pw=********\ny'],
    ['nothing of a file that is new', '', 'new-secret\n', ''],
    ['nothing without a secret', 'key="old"', 'key="other"', 'key="old"'],
  ]
  for (const [what, before, after, shown] of cases)
    it(`mask ${what}`, () => expect(masked(before, after)[0]).to.equal(shown))

  it('mask the secret itself on both sides', () =>
    expect(masked('a new-secret', 'b new-secret')).to.deep.equal(['a ********', 'b ********']))
})
