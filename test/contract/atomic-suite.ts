import { AssertionError, expect } from 'chai'
import { z } from 'zod'
import { defineModule, type StateModule } from '../../src/modules/define.ts'
import { loadModule } from '../../src/modules/registry.ts'
import { nothing, sh } from '../../src/shell/script.ts'
import { cutAnywhere, killedAnywhere, Target, writers } from './atomic-laws.ts'
import { straceOrSkip } from './strace.ts'

export interface Effort {
  /** The modules whose scripts are cut, and the bytes between two cuts; of the last `tail` bytes each is one. */
  readonly cut: readonly string[]
  readonly step: number
  readonly tail: number
  /** Modules of which every system call is tried; they all write through the same functions. */
  readonly killed: readonly string[]
}

/** Law 5 on this machine, for every module that writes contents. */
export function cutAndKilled({ cut, step, tail, killed }: Effort): void {
  describe('law 5: a file is the old one or the new one', function () {
    this.timeout(900_000)
    let target: Target
    beforeEach(() => (target = new Target()))
    afterEach(() => target.close())

    it('catches a file that is written in place', async function () {
      straceOrSkip(this)
      const careless = { module: 'careless', args: () => ({}) }
      const caught = await killedAnywhere(target, inPlace(target.path), careless).catch((error: unknown) => error)
      expect(caught).to.be.instanceOf(AssertionError)
    })

    for (const writer of writers) {
      if (cut.includes(writer.module))
        it(`${writer.module}: a script that is cut does nothing`, async () => {
          const module = (await loadModule(writer.module)) as StateModule
          expect(await cutAnywhere(target, await target.script(module, writer), step, tail)).to.be.above(3 * tail)
        })

      if (killed.includes(writer.module))
        it(`${writer.module}: killed after every system call that changes something`, async function () {
          straceOrSkip(this)
          const module = (await loadModule(writer.module)) as StateModule
          expect(await killedAnywhere(target, module, writer)).to.be.above(4)
        })
    }
  })
}

/** What the kills are there to find. */
const inPlace = (path: string): StateModule =>
  defineModule({
    name: 'careless',
    doc: { summary: '', example: '' },
    args: z.strictObject({}),
    probe: () => nothing,
    parse: (output: string) => output,
    plan: () => ({ changes: [{ what: 'write' }] }),
    apply: () => ({ script: sh`printf 'new\\n' >${path}; chmod 0600 ${path}` }),
  })
