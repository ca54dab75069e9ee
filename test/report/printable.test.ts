import { expect } from 'chai'
import fc from 'fast-check'
import { createCases } from '../../src/report/junit.ts'
import { createJsonlReporter } from '../../src/report/jsonl.ts'
import { createPlainReporter } from '../../src/report/plain.ts'
import { junitXml } from '../../src/report/junit-xml.ts'
import { printable, printableJson, printableLines } from '../../src/report/printable.ts'
import { progressRows } from '../../src/report/progress-rows.ts'
import { createProgress } from '../../src/report/progress.ts'
import { anyEvents, anyText } from './support/any-events.ts'
import { ascii, bare, collector, colorful, play } from './support/stream.ts'
import { recapOf } from './support/fleet-run.ts'

const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/
const ownColors = /\u001b\[(?:0|1|2|22|3[1-6]|39)m/g

describe('text from hosts', () => {
  it('keeps its words and loses its power over the terminal', () => {
    expect(printable('\u001b[2Jgone\u0007 \u009b1m \u202eevil')).to.equal('\\x1b[2Jgone\\x07 \\x9b1m \\u202eevil')
    expect(printable('50%\r100%')).to.equal('50%\\r100%')
    expect(printable('two\nlines\tand tab')).to.equal('two lines    and tab')
    expect(printableLines('a\r\nb\n\n\n')).to.deep.equal(['a', 'b'])
    expect(printable('naïve 数据 👩‍🚒')).to.equal('naïve 数据 👩‍🚒')
  })

  it('stays the same value as JSON', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = printableJson(JSON.stringify(text))
        expect(json).not.to.match(controls)
        expect(JSON.parse(json)).to.equal(text)
      }),
    )
  })

  const verbosities = [0, 1, 3]
  for (const verbosity of verbosities) {
    it(`never brings a control character into the lines of a log (verbosity ${verbosity})`, async () => {
      await fc.assert(
        fc.asyncProperty(anyEvents, fc.constantFrom(bare, ascii, colorful), async (events, theme) => {
          const stdout = collector()
          await play(createPlainReporter(stdout, { theme, verbosity, diff: true, folder: '/work', screen: false }), [
            ...events,
            recapOf(events, 1),
          ])
          expect(stdout.text().replace(ownColors, '')).not.to.match(controls)
        }),
      )
    })
  }

  it('never brings one into live rows, JSON lines or JUnit either', async () => {
    await fc.assert(
      fc.asyncProperty(anyEvents, async (events) => {
        const progress = createProgress()
        const cases = createCases('/work')
        for (const event of events) {
          progress.add(event, 0)
          cases.add(event)
        }
        const now = progress.snapshot(9_000)
        const rows = now ? progressRows(now, bare, 80) : { title: '', rows: [] }
        expect([rows.title, ...rows.rows].join('')).not.to.match(controls)
        expect(junitXml(cases.name(), cases.suites())).not.to.match(controls)
        const stdout = collector()
        await play(createJsonlReporter(stdout, { diff: true }), events)
        expect(stdout.text()).not.to.match(controls)
      }),
    )
  })
})
