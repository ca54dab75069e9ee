import { expect } from 'chai'
import { armScript, changeScript, confirmScript, stateScript, timerScript } from '../../src/shell/confirm.ts'
import { lockStep, parseLockAnswer } from '../../src/shell/lock.ts'
import { sh } from '../../src/shell/script.ts'
import { until } from '../lab/poll.ts'
import { Box } from '../modules/netfilter/box.ts'
import { shells } from '../support/modules.ts'

/** A "packet filter" of one file; the host's own timer is far away unless a test says otherwise. */
const guard = (more: { seconds?: number; change?: string } = {}) => ({
  id: 'abc123',
  seconds: more.seconds ?? 98765,
  parts: {
    save: sh`cat /run/rules`,
    change: sh`echo new >/run/rules; sh -c ${more.change ?? ':'}`,
    restore: sh`cat "$saved" >/run/rules`,
    persist: sh`echo lasting >/run/disk`,
  },
})

/** In the box alone: the lab's hosts have timers too. */
const ours = `pgrep --ns $$ --nslist net -f "[s]allyport.confirm/timer|[s]leep 98765"`
/** What was told to end gets the time for it. */
const look = `n=0; while ${ours} >/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
cat /run/rules; cat /run/disk 2>/dev/null; ls /run; ${ours} || :`
const old = 'old\nrules\nsshd\n'
const confirmed = 'new\nlasting\ndisk\nrules\nsshd\n'

for (const shell of Object.keys(shells))
  describe(`a confirmed change on the host (${shell})`, function () {
    this.timeout(120_000)
    let box: Box
    before(async () => void (box = await Box.open()))
    after(() => box.close())
    beforeEach(() => box.text('rm -f /run/disk; echo old >/run/rules'))

    const arm = (work = guard()) => box.run(armScript(work), { shell, setE: true })
    const change = (work = guard()) => box.run(changeScript(work), { shell })
    const state = async () => (await box.run(stateScript('abc123'), { shell })).stdout.toString().trim()

    it('lasts when it is confirmed, and leaves nothing else', async () => {
      expect(await state()).to.equal('gone')
      expect(await arm()).to.deep.include({ code: 0, stderr: Buffer.from('') })
      expect(await state()).to.equal('armed')
      expect(await change()).to.deep.include({ code: 0, stderr: Buffer.from('') })
      expect(await state()).to.equal('made')
      expect(await box.run(confirmScript(guard()), { shell })).to.deep.include({ code: 0, stderr: Buffer.from('') })
      expect(await box.text(look)).to.equal(confirmed)
    })

    it('is taken back when nobody confirms it, and the confirmation that comes later knows', async () => {
      await arm(guard({ seconds: 1 }))
      await change()
      await until('the timer', 20_000, async () => (await box.text(look)) === old)
      expect((await box.run(confirmScript(guard()), { shell })).stdout.toString()).to.equal('gone\n')
      expect(await box.text(look)).to.equal(old)
    })

    it('is taken back at once when it fails, with its own exit code and words', async () => {
      await arm()
      const failed = await change(guard({ change: 'echo no >&2; exit 3' }))
      expect([failed.code, failed.stderr.toString()]).to.deep.equal([3, 'no\n'])
      expect(await box.text(look)).to.equal(old)
    })

    it('that takes longer than its timer is taken back whole', async () => {
      await arm(guard({ seconds: 1 }))
      const slow = 'while ! [ -e /run/sallyport.confirm/fired.abc123 ]; do sleep 0.1; done; echo late >/run/rules'
      const step = await change(guard({ change: slow }))
      expect([step.code, step.stderr.toString()]).to.deep.equal([
        1,
        'the change took longer than its confirmation may, and the host has taken it back\n',
      ])
      expect(await box.text(look)).to.equal(old)
    })

    it('changes nothing where the old state cannot be saved', async () => {
      await box.text('rm /run/rules')
      expect((await arm()).code).to.not.equal(0)
      expect(await box.text('ls /run')).to.equal('sshd\n')
    })

    it('keeps other changes and other runs away until it is decided', async () => {
      const lock = () => box.text(`exec 3>&1; ${lockStep('another', 0).script.text}`)
      await box.text('echo first >/run/sallyport.lock')
      await arm()
      await change()
      expect((await arm()).stderr.toString()).to.match(/another change on this host waits/)
      expect(parseLockAnswer(await lock())).to.deep.equal({ kind: 'busy', holder: 'first' })
      // Who waits for it and has come in takes it back; its timer has nothing to do any more.
      const patient = () => box.run(lockStep('another', 2).script.text, { shell })
      expect(parseLockAnswer((await patient()).stdout.toString())).to.deep.equal({ kind: 'held' })
      expect(await box.text(look)).to.equal('old\nrules\nsallyport.lock\nsshd\n')
      // One that was confirmed and cut short in making it last is only forgotten.
      await arm()
      await change()
      const cut = {
        ...guard(),
        parts: { ...guard().parts, persist: sh`kill -KILL "$(cat /run/sallyport.confirm/changer)"` },
      }
      await box.run(confirmScript(cut), { shell })
      expect(parseLockAnswer(await lock())).to.deep.include({ kind: 'busy' })
      expect(parseLockAnswer((await patient()).stdout.toString())).to.deep.equal({ kind: 'held' })
      expect(await box.text(look)).to.equal('new\nrules\nsallyport.lock\nsshd\n')
      await arm()
      await change()
      // Given up: a timer that somebody killed holds nobody for ever.
      await box.text('kill "$(cat /run/sallyport.confirm/pid)"; echo 1 >/run/sallyport.confirm/until')
      expect(parseLockAnswer(await lock())).to.deep.equal({ kind: 'held' })
      await arm()
      await change()
      await box.run(confirmScript(guard()), { shell })
      await box.text('rm /run/sallyport.lock')
      expect(await box.text(look)).to.equal(confirmed)
    })

    it('is decided once, however close timer and confirmation come', async () => {
      const rounds = 25
      const work = guard()
      // Both are through their preparations and wait for the same file.
      const at = (script: string) => `{ while ! [ -e /run/go ]; do :; done; ${script}; } &`
      await arm(work)
      await change(work)
      await box.text('kill "$(cat /run/sallyport.confirm/pid)"; mv /run/sallyport.confirm /run/made')
      const result = await box.run(
        `i=0; while [ $i -lt ${rounds} ]; do i=$((i + 1))
rm -f /run/disk /run/go; echo new >/run/rules; cp -a /run/made /run/sallyport.confirm
sleep 98765 & sleeper=$!
echo $sleeper >/run/sallyport.confirm/pid
${at(`(\n${timerScript('abc123', work.parts).text}\n)`)} timer=$!
${at(`(\n${confirmScript(work).text}\n) >/run/answer`)} confirmation=$!
: >/run/go; wait $timer; wait $confirmation
kill -KILL $sleeper; wait $sleeper
echo $(cat /run/rules /run/disk /run/answer 2>/dev/null) $(ls -d /run/sallyport.confirm 2>/dev/null)
done 2>/dev/null
rm -rf /run/go /run/answer /run/made`,
        { shell },
      )
      const outcomes = result.stdout.toString().trim().split('\n')
      expect(outcomes).to.have.length(rounds)
      expect(outcomes.filter((line) => line !== 'old gone' && line !== 'new lasting')).to.deep.equal([])
    })
  })
