import { expect } from 'chai'
import fc from 'fast-check'
import { displayWidth, padEnd, truncate, wrap } from '../../src/report/width.ts'
import { colorful } from './support/stream.ts'

describe('display width', () => {
  const cases: [string, number][] = [
    ['', 0],
    ['abc', 3],
    ['naïve', 5],
    ['nai\u0308ve', 5],
    ['数据库1', 7],
    ['ｆｕｌｌ', 8],
    ['한국어', 6],
    ['👍', 2],
    ['👩‍🚒', 2],
    ['🇩🇪', 2],
    ['✔ ● ○ ✖ …', 9],
    ['\u001b[31mred\u001b[39m', 3],
  ]
  for (const [text, width] of cases) {
    it(`${JSON.stringify(text)} takes ${width}`, () => {
      expect(displayWidth(text)).to.equal(width)
    })
  }

  const anyText = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '数', '👩‍🚒', 'ï', '/') })

  it('truncates to the columns, and closes the colours it opened', () => {
    expect(truncate('数据库数据库', 7)).to.equal('数据库…')
    expect(truncate(colorful.paint('bad', 'abcdef'), 4)).to.equal('\u001b[31mabc…\u001b[39m')
    fc.assert(
      fc.property(anyText, fc.nat(20), (text, columns) => {
        expect(displayWidth(truncate(text, columns))).to.be.at.most(columns)
      }),
    )
  })

  it('wraps to the columns and loses nothing but blanks', () => {
    expect(wrap('mode 0644 → 0600', 15, 2)).to.deep.equal(['mode', '  0644 → 0600'])
    expect(wrap('a /path/too/long', 8, 2)).to.deep.equal(['a /path/', '  too/lo', '  ng'])
    fc.assert(
      fc.property(anyText, fc.integer({ min: 4, max: 30 }), (text, columns) => {
        const lines = wrap(text, columns, 2)
        for (const line of lines) expect(displayWidth(line)).to.be.at.most(columns)
        expect(lines.join('').replaceAll(' ', '')).to.equal(text.replaceAll(' ', ''))
      }),
    )
  })

  it('pads by columns, not by characters', () => {
    expect(padEnd('数据', 6)).to.equal('数据  ')
  })
})
