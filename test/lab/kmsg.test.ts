import { expect } from 'chai'
import { formatLine, hostOfLine, parseRecord } from './kmsg.ts'

const INPUT =
  'IPTables/Dropped: IN=e_web1 OUT= MAC=02:53:6c:00:00:0a:02:53:6c:00:00:01:08:00 SRC=10.213.0.1 DST=10.213.0.10 LEN=60'

describe('kernel log', () => {
  it('turns a record of /dev/kmsg into the line of /proc/kmsg', () => {
    const line = parseRecord(`4,1234,5000678,-;${INPUT}\n SUBSYSTEM=net\n DEVICE=n3\n`)
    expect(line).to.deep.equal({ priority: 4, microseconds: 5000678, text: INPUT })
    expect(line && formatLine(line)).to.equal(`<4>[    5.000678] ${INPUT}\n`)
  })

  it('decodes escaped bytes, also when several are one character', () => {
    expect(parseRecord('6,1,2,c;a\\xc3\\xa9\\x09\\x5cz')?.text).to.equal('aé\t\\z')
  })

  it('is not confused by what is no record', () => expect(parseRecord('nonsense')).to.be.undefined)

  const cases: [string, string, string | undefined][] = [
    ['a packet that came in', INPUT, 'web1'],
    ['a packet that goes out', 'x IN= OUT=e_web1 SRC=10.213.0.10 DST=10.213.0.1 LEN=60', 'web1'],
    ['IPv6', 'x IN= OUT=e_web1 SRC=fd53:6c70:0001:0001:0000:0000:0000:000a DST=ff02', 'web1'],
    ['link-local IPv6', 'x IN= OUT=e_web1 SRC=fe80:0000:0000:0000:0053:6cff:fe00:000a DST=ff02', 'web1'],
    ['a name that only begins alike', INPUT.replace('e_web1', 'e_web11'), undefined],
    [
      'a host of the same name in another lab',
      INPUT.replaceAll(':6c:00:', ':6c:01:').replaceAll('213.0', '213.1'),
      undefined,
    ],
    ['a line that is not about a packet', 'web1 10.213.0.10 e_web1', undefined],
    ['another interface', INPUT.replace('e_web1', 'eth0'), undefined],
  ]
  for (const [name, text, host] of cases) {
    it(`belongs to ${host ?? 'nobody'}: ${name}`, () => {
      expect(hostOfLine(text, 0, ['web2', 'web1'])).to.equal(host)
    })
  }
})
