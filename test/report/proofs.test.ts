import { expect } from 'chai'
import type { ForwardProof, ProofName } from '../../src/modules/proofs/proof.ts'
import { proofLines } from '../../src/report/proofs.ts'
import { createTheme } from '../../src/report/theme.ts'

const theme = createTheme({ color: false, unicode: true })
const good: readonly ForwardProof[] = [
  { forward: 'netfilter', proof: 'tls', state: 'proven', detail: 'TLSv1.3' },
  { forward: 'netfilter', proof: 'sent', state: 'proven', detail: '300 bytes' },
]
const bad: readonly ForwardProof[] = [
  { forward: 'netfilter', proof: 'tls', state: 'unproven', detail: 'no openssl' },
  { forward: 'netfilter', proof: 'sent', state: 'failed', detail: 'no\u001b[31m connection' },
]

describe('the table of proofs', () => {
  it('is a row a host, then what does not hold, then what holding means', () => {
    const text = proofLines(
      new Map([
        ['web1', good],
        ['web2', bad],
      ]),
      { theme },
    ).join('\n')
    expect(text).to.match(/host +tls +sent *\n +web1 +proven +proven *\n +web2 +unproven +failed/)
    expect(text).to.match(/web2 {2}unproven {2}tls: no openssl\n {2}web2 {2}failed {2}sent: no\S* connection/)
    expect(text).not.to.contain('\u001b')
    expect(text).to.match(/sent +rsyslogd is connected .*; not that the intake stored it/)
  })

  const of = (forward: string, states: Partial<Record<ProofName, ForwardProof['state']>>): ForwardProof[] =>
    Object.entries(states).map(([proof, state]) => ({
      forward,
      proof: proof as ProofName,
      state,
      detail: `${state} by ${forward}`,
    }))
  const all = { packages: 'proven', configuration: 'proven', ca: 'proven', tls: 'proven' } as const
  const several = new Map([
    [
      'web1',
      [
        ...of('netfilter', { ...all, drop: 'proven', event: 'proven', sent: 'proven' }),
        ...of('sshd', { ...all, sent: 'proven' }),
      ],
    ],
    ['web2', of('sshd', { ...all, tls: 'failed', sent: 'unproven' })],
  ])

  it('names forwards where there are several, and what no packet can prove of one is left open', () => {
    const text = proofLines(several, { theme }).join('\n')
    expect(text).to.match(/^ {2}host +forward +packages .* sent *$/m)
    expect(text).to.match(/^ {2}web1 +netfilter( +proven){7} *$/m)
    expect(text).to.match(/^ {2}web1 +sshd( +proven){4} +- +- +proven *$/m)
    expect(text).to.contain('- an event of these could only be made by')
    expect(text).to.match(/^ {2}web2 {2}sshd {2}failed {2}tls: failed by sshd$/m)
  })

  it('is never wider than the terminal: with marks where words are too wide', () => {
    const lines = proofLines(several, { theme, columns: 80 })
    expect(Math.max(...lines.map((line) => line.trimEnd().length))).to.be.below(80)
    expect(lines.join('\n')).to.match(/^ {2}web1 +sshd( +✔){4} +- +- +✔ *$/m)
    expect(lines.join('\n')).to.match(/^ {2}web2 +sshd( +✔){3} +✖ +- +- +\? *$/m)
  })

  it('keeps its words at 80 columns where a host has one forward', () => {
    const one = new Map([['web1', of('netfilter', { ...all, drop: 'proven', event: 'proven', sent: 'failed' })]])
    expect(proofLines(one, { theme, columns: 80 })[3]).to.match(/^ {2}web1( +proven){6} +failed *$/)
  })

  it('of a large fleet shows only hosts where something is open', () => {
    const fleet = new Map(
      [...Array(40).keys()].map((n): [string, readonly ForwardProof[]] => [`h${n}`, n === 7 ? bad : good]),
    )
    const text = proofLines(fleet, { theme }).join('\n')
    expect(text).to.match(/^ +h7 /m)
    expect(text).not.to.match(/^ +h8 /m)
    expect(text).to.contain('and 39 with every proof')
  })

  it('is not there where nothing was to be proven', () => expect(proofLines(new Map(), { theme })).to.deep.equal([]))
})
