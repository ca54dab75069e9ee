import { expect } from 'chai'
import type { Proof } from '../../src/modules/proofs/proof.ts'
import { proofLines } from '../../src/report/proofs.ts'
import { createTheme } from '../../src/report/theme.ts'

const theme = createTheme({ color: false, unicode: true })
const good: readonly Proof[] = [
  { proof: 'tls', state: 'proven', detail: 'TLSv1.3' },
  { proof: 'sent', state: 'proven', detail: '300 bytes' },
]
const bad: readonly Proof[] = [
  { proof: 'tls', state: 'unproven', detail: 'no openssl' },
  { proof: 'sent', state: 'failed', detail: 'no\u001b[31m connection' },
]

describe('the table of proofs', () => {
  it('is a row a host, then what does not hold, then what holding means', () => {
    const text = proofLines(
      new Map([
        ['web1', good],
        ['web2', bad],
      ]),
      theme,
    ).join('\n')
    expect(text).to.match(/host +tls +sent *\n +web1 +proven +proven *\n +web2 +unproven +failed/)
    expect(text).to.match(/web2 {2}unproven {2}tls: no openssl\n {2}web2 {2}failed {2}sent: no\S* connection/)
    expect(text).not.to.contain('\u001b')
    expect(text).to.match(/sent +rsyslogd is connected .*; not that the intake stored it/)
  })

  it('of a large fleet shows only hosts where something is open', () => {
    const fleet = new Map([...Array(40).keys()].map((n): [string, readonly Proof[]] => [`h${n}`, n === 7 ? bad : good]))
    const text = proofLines(fleet, theme).join('\n')
    expect(text).to.match(/^ +h7 /m)
    expect(text).not.to.match(/^ +h8 /m)
    expect(text).to.contain('and 39 with every proof')
  })

  it('is not there where nothing was to be proven', () => expect(proofLines(new Map(), theme)).to.deep.equal([]))
})
