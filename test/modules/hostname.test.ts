import { expect } from 'chai'
import hostname from '../../src/modules/hostname.ts'
import { digest } from '../../src/modules/paths/content.ts'

const planned = (name: string, file: string, running: string): readonly string[] => {
  const wish = hostname.args.parse({ name })
  const bytes = Buffer.from(file)
  const output = `record file
is 81a4:0:0:${bytes.length}:1:1:1:0:0:0:root:root
sha256 ${digest(bytes)}
base64
|${bytes.toString('base64')}
.
record accounts
record kernel
name ${running}
`
  return hostname.plan(wish, hostname.parse(output, wish)).changes.map(({ what }) => what)
}

describe('hostname', () => {
  it('sets what is kept and what runs', () => {
    expect(planned('a', 'b\n', 'b')).to.deep.equal(['content', 'name of the running host b → a'])
    expect(planned('a', 'a\n', 'b')).to.deep.equal(['name of the running host b → a'])
    expect(planned('a', '# comment\na', 'a')).to.deep.equal([])
  })

  it('refuses what is no name', () => {
    for (const name of ['', 'a b', '-a', 'a'.repeat(65)])
      expect(() => hostname.args.parse({ name })).to.throw(/name of a host/)
    expect(() => hostname.args.parse({ name: 'a', use: 'redhat' })).to.throw(/only systemd/)
  })
})
