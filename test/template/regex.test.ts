import { expect } from 'chai'
import { findAll, search, substitute } from '../../src/template/regex/operations.ts'

describe('regular expressions in Python syntax', () => {
  const matches: readonly (readonly [string, string, string | undefined])[] = [
    ['(?P<year>\\d{4})-(?P=year)', '2024-2024', '2024-2024'],
    ['\\Afoo\\Z', 'foo', 'foo'],
    ['\\Afoo\\Z', 'foo\n', undefined],
    ['foo$', 'foo\n', 'foo'],
    ['(?i)FOO', 'xfoo', 'foo'],
    ['(?s)a.b', 'a\nb', 'a\nb'],
    ['a.b', 'a\rb', 'a\rb'],
    ['(?m)^b$', 'a\nb\nc', 'b'],
    ['\\bé\\w+', 'l’été', 'été'],
    ['\\w+', 'été_1', 'été_1'],
    ['[\\w-]+', 'a-b', 'a-b'],
    ['[]a]+', 'a]', 'a]'],
    ['[^]]+', 'ab]', 'ab'],
    ['a\\-b\\ c\\#d\\~\\&[x\\-z]', 'a-b c#d~&-', 'a-b c#d~&-'],
    ['a{,2}b', 'aab', 'aab'],
    ['a{x}', 'a{x}', 'a{x}'],
    ['x{2', 'x{2', 'x{2'],
    ['}', '}', '}'],
    ['(?:a|b)+', 'abab', 'abab'],
    ['(?<=a)b', 'ab', 'b'],
    ['a(?#comment)b', 'ab', 'ab'],
    ['\\x41\\u0042\\103', 'ABC', 'ABC'],
    ['𝒳', 'a𝒳', '𝒳'],
    ['(?m)a$', 'a\r\na\n', 'a'],
    ['(?m)a\\r$', 'a\r\n', 'a\r'],
    ['(?m)^\\rb', 'a\n\rb', '\rb'],
    ['(?m)^b', 'a\u2028b', undefined],
  ]
  for (const [pattern, text, expected] of matches)
    it(`${pattern} in ${JSON.stringify(text)}`, () => {
      expect(search(pattern, text, {})?.[0]).to.equal(expected)
    })

  for (const pattern of ['(', '[a', 'a**', '\\y', '(?P<a', '\\2', 'a++', '(?>a)'])
    it(`refuses ${pattern}`, () => {
      expect(() => search(pattern, 'a', {})).to.throw(/regular expression/)
    })

  it('replaces with groups, names and escapes', () => {
    expect(substitute('(a)(?P<n>b)', 'ab', '\\2\\g<n>\\g<1>\\g<0>\\n\\\\', {})).to.equal('bbaab\n\\')
    expect(substitute('a', 'aa', '$& $1 $$', {})).to.equal('$& $1 $$$& $1 $$')
    expect(() => substitute('a', 'a', '\\1', {})).to.throw(/invalid group reference/)
    expect(() => substitute('a', 'a', '\\q', {})).to.throw(/bad escape/)
  })

  it('finds all', () => {
    expect(findAll('b', 'abcb', {})).to.deep.equal(['b', 'b'])
    expect(findAll('(a)|b', 'ab', {})).to.deep.equal(['a', ''])
  })
})
