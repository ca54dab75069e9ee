import { expect } from 'chai'
import { addressOf, behindJump, dialError, firstLine, loginTimeout } from '../../src/transport/ssh-errors.ts'
import type { Retry, UnreachablePhase } from '../../src/transport/transport.ts'

const failed = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code })

describe('why a connection could not be made', () => {
  const cases: readonly [string, UnreachablePhase, Retry, string][] = [
    ['ENOTFOUND', 'resolve', 'never', 'the name web1 does not resolve'],
    ['EAI_AGAIN', 'resolve', 'soon', 'the name web1 cannot be resolved just now'],
    ['ECONNREFUSED', 'connect', 'perhaps', 'web1:22 refused the connection'],
    ['EHOSTUNREACH', 'connect', 'perhaps', 'no route to web1:22'],
    ['ENETUNREACH', 'connect', 'perhaps', 'no route to web1:22'],
    ['ETIMEDOUT', 'timeout', 'perhaps', 'web1:22 does not answer'],
    ['EPERM', 'connect', 'never', 'this machine does not allow a connection to web1:22'],
    ['EMFILE', 'connect', 'soon', 'this machine has no file descriptors left'],
    ['ECONNRESET', 'connect', 'soon', 'cannot connect to web1:22: connect ECONNRESET'],
    ['EWHATEVER', 'connect', 'perhaps', 'cannot connect to web1:22: connect EWHATEVER'],
  ]
  for (const [code, phase, retry, message] of cases) {
    it(code, () => {
      const error = dialError(failed(code), 'web1', 22)
      const { phase: toldPhase, message: told, retry: again } = error
      expect({ phase: toldPhase, retry: again, message: told }).to.deep.equal({ phase, retry, message })
      // Node tries all the addresses of a name and collects what went wrong.
      if (!message.startsWith('cannot connect')) {
        expect(dialError(new AggregateError([failed(code), failed(code)]), 'web1', 22).message).to.equal(message)
      }
    })
  }

  it('says how far a login came in its time', () => {
    const stages = (['tcp', 'banner', 'kex', 'login'] as const).map((stage) => loginTimeout(stage, 'web1', 10))
    expect(stages.map(({ message }) => message)).to.deep.equal([
      'web1 does not answer within 10 s',
      'web1 accepts connections but sends no SSH banner within 10 s',
      'web1 did not finish the key exchange within 10 s',
      'web1 did not finish the login within 10 s',
    ])
    for (const { phase, hint, retry } of stages) {
      expect([phase, retry]).to.deep.equal(['timeout', 'perhaps'])
      expect(hint).to.be.a('string')
    }
  })

  it('keeps phase and hint when it names the jump host', () => {
    const error = behindJump(dialError(failed('ECONNREFUSED'), 'b', 22), 'bastion')
    expect(error.message).to.equal('jump host bastion: b:22 refused the connection')
    expect([error.phase, error.retry]).to.deep.equal(['connect', 'perhaps'])
    expect(error.hint).to.match(/sshd/)
  })

  it('shows addresses as people write them', () => {
    expect([addressOf('web1', 2222), addressOf('::1', 22)]).to.deep.equal(['web1:2222', '[::1]:22'])
  })

  it('lets nothing from a server through but one plain line', () => {
    expect(firstLine('\r\n  \x1b[2Jhello\x07 \u009b31m\nworld')).to.equal('?[2Jhello? ?31m')
    expect(firstLine('x'.repeat(1000)).length).to.equal(200)
    expect(firstLine('')).to.equal('')
  })
})
