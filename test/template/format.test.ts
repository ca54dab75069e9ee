import { expect } from 'chai'
import fc from 'fast-check'
import { fixed, formatFloat } from '../../src/template/python/number-format.ts'
import { formatPercent } from '../../src/template/python/percent-format.ts'
import { floatText, repr } from '../../src/template/python/repr.ts'
import { PyDict, PyFloat, PyTuple } from '../../src/template/values.ts'

describe('numbers as Python prints them', () => {
  const floats: readonly (readonly [number, string])[] = [
    [5, '5.0'],
    [-0, '-0.0'],
    [0.1, '0.1'],
    [1e16, '1e+16'],
    [1e15, '1000000000000000.0'],
    [1.5e300, '1.5e+300'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [-0.00012345, '-0.00012345'],
    [123456789.125, '123456789.125'],
    [Infinity, 'inf'],
    [NaN, 'nan'],
  ]
  for (const [value, text] of floats)
    it(`${text}`, () => {
      expect(floatText(value)).to.equal(text)
    })

  it('reads back every float', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
        Object.is(Number(floatText(value)), value),
      ),
    )
  })

  it('rounds ties to the even digit', () => {
    expect([0.5, 1.5, 2.5, -0.5, 1e21].map((value) => fixed(value, 0))).to.deep.equal([
      '0',
      '2',
      '2',
      '-0',
      '1000000000000000000000',
    ])
    expect(fixed(0.125, 2)).to.equal('0.12')
    expect(fixed(0.375, 2)).to.equal('0.38')
    expect(fixed(2.675, 2)).to.equal('2.67')
  })

  it('shortens with g', () => {
    expect([0.0001, 0.00001, 123456, 1234567, 100].map((value) => formatFloat(value, 'g', 6, false))).to.deep.equal([
      '0.0001',
      '1e-05',
      '123456',
      '1.23457e+06',
      '100',
    ])
  })
})

describe('repr', () => {
  it('quotes as Python does', () => {
    expect(repr("it's")).to.equal(`"it's"`)
    expect(repr(`it's "q"`)).to.equal(`'it\\'s "q"'`)
    expect(repr('a\nb\t\\\x07\u00a0é☃𝒳\u2028')).to.equal(String.raw`'a\nb\t\\\x07\xa0é☃𝒳\u2028'`)
  })

  it('shows structures', () => {
    expect(repr([1, new PyFloat(2), null, true, new PyTuple([1]), { a: 'b' }])).to.equal(
      "[1, 2.0, None, True, (1,), {'a': 'b'}]",
    )
  })
})

describe("'%' formatting", () => {
  const cases: readonly (readonly [string, Parameters<typeof formatPercent>[1], string])[] = [
    ['%s-%02d', new PyTuple(['a', 5]), 'a-05'],
    ['%(k)s %%', new PyDict([['k', 'v']]), 'v %'],
    ['%-5s|', 'ab', 'ab   |'],
    ['%+.2f', 1.005, '+1.00'],
    ['%#x', 255, '0xff'],
    ['%08.3f', -3.14159, '-003.142'],
    ['%.2s', 'abc', 'ab'],
  ]
  for (const [format, values, expected] of cases)
    it(`${format} → ${expected}`, () => {
      expect(formatPercent(format, values)).to.equal(expected)
    })
})
