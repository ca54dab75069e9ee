import { expect } from 'chai'
import { FrameParser, parseSyslog } from './frames.ts'

const MESSAGES = ['<4>1 a é\n', 'x', `with 12 digits ${'0'.repeat(90)}`].map((text) => Buffer.from(text))
const WIRE = Buffer.concat(MESSAGES.flatMap((message) => [Buffer.from(`${message.length} `), message]))

describe('syslog frames', () => {
  it('come out the same wherever the stream is cut', () => {
    for (let cut = 0; cut <= WIRE.length; cut++) {
      const parser = new FrameParser()
      const frames = [...parser.push(WIRE.subarray(0, cut)), ...parser.push(WIRE.subarray(cut))]
      expect(frames.map(String), `cut at ${cut}`).to.deep.equal(MESSAGES.map(String))
      expect(parser.incomplete).to.equal(0)
    }
  })

  it('come out the same byte by byte', () => {
    const parser = new FrameParser()
    const frames = [...WIRE].flatMap((byte) => parser.push(Buffer.from([byte])))
    expect(frames.map(String)).to.deep.equal(MESSAGES.map(String))
  })

  it('say how much of one is missing its end', () => {
    const parser = new FrameParser()
    parser.push(Buffer.from('10 abc'))
    expect(parser.incomplete).to.equal(6)
  })

  for (const bad of ['<4>1 not counted', '0 x', '-3 abc', '12345678901 x', '5\nabcde']) {
    it(`are refused: ${JSON.stringify(bad)}`, () => {
      expect(() => new FrameParser().push(Buffer.from(bad))).to.throw('not octet-counted')
    })
  }

  it('are read as RFC 5424, with brackets and quotes inside the structured data', () => {
    const text = '<4>1 2026-11-22T12:24:49.79+00:00 web1 kernel - LOG [S@1 k="a\\"]b" l=""][T@2] [  1.5] IN=e0 \n'
    expect(parseSyslog(text)).to.deep.equal({
      priority: 4,
      hostname: 'web1',
      appName: 'kernel',
      structuredData: '[S@1 k="a\\"]b" l=""][T@2]',
      msg: '[  1.5] IN=e0 \n',
    })
  })

  it('are all message when they are something else', () => {
    expect(parseSyslog('<13>Nov 22 12:00:00 web1 su: hello')).to.deep.equal({
      msg: '<13>Nov 22 12:00:00 web1 su: hello',
    })
  })
})
