import { expect } from 'chai'
import { labOrSkip } from '../lab/mocha.ts'
import type { Lab, Suite } from '../lab/lab.ts'
import type { LawCase } from '../support/law-fixture.ts'
import { Bench } from './host-laws.ts'
import { exempt, type Subject, subjects, title } from './registry-cases.ts'

export interface Place {
  readonly suite: Suite
  /** Which cases change the host there, of which only the probe is tried, and which are left out. */
  cases(subject: Subject, one: LawCase): 'change' | 'look' | undefined
  /** Which start states of a case. */
  starts(subject: Subject, one: LawCase): readonly string[]
  /** Whether what others do to the host afterwards is tried too. */
  readonly drifts: boolean
}

const all = await subjects()

/** Those that install packages come last: what they leave on the host's disk is looked through at every later look. */
const casesThat = (installs: boolean): readonly (readonly [Subject, LawCase])[] =>
  all.flatMap((subject) =>
    (subject.law?.cases ?? [])
      .filter(({ needs }) => (needs?.includes('network') ?? false) === installs)
      .map((one) => [subject, one] as const),
  )

/** Laws 1, 2 and 3 for every state module of the registry, on real hosts. */
export function onHosts(places: readonly Place[]): void {
  describe('every module of the registry', () => {
    for (const { name, module, law } of all) {
      if (exempt[module.kind] !== undefined) continue
      it(`${name} says how the laws are tried on it`, () =>
        expect(law?.cases, `test/fixtures/modules/${name}/law.ts`).to.not.be.oneOf([undefined, []]))
    }
  })

  for (const place of places)
    describe(`laws on ${place.suite}`, function () {
      this.timeout(300_000)
      let lab: Lab | undefined
      let bench: Bench
      before(async function () {
        const host = {
          name: 'law',
          suite: place.suite,
          packages: ['iptables', 'nftables', 'e2fsprogs'],
          aptLists: true,
        }
        lab = await labOrSkip.call(this, [host])
        bench = await Bench.open(lab.host('law'))
      })
      after(async function () {
        this.timeout(60_000)
        bench?.close()
        await lab?.down()
      })

      for (const installs of [false, true])
        for (const [subject, one] of casesThat(installs)) {
          const { module } = subject
          if (module.kind !== 'state') continue
          const how = place.cases(subject, one)
          if (how === undefined) continue
          if (how === 'look') {
            it(`${title(subject, one)}: looks without a trace`, () => bench.looks(subject.name, module, one))
            continue
          }
          describe(title(subject, one), () => {
            place
              .starts(subject, one)
              .forEach((start, index) =>
                it(`looks without a trace, does what it announced, and is done: ${start.split('\n')[0] || `start ${index}`}`, () =>
                  bench.converges(subject.name, module, one, start)),
              )
            if (place.drifts && one.drift.length > 0)
              it(`sees and repairs: ${one.drift.map(({ what }) => what).join(', ')}`, () => bench.repairs(module, one))
          })
        }
    })
}
