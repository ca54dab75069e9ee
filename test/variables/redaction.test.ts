import { expect } from 'chai'
import fc from 'fast-check'
import { createRedactor, MASK } from '../../src/variables/redaction.ts'
import type { Value } from '../../src/source/value.ts'

function redactorOf(...secrets: Value[]) {
  const redactor = createRedactor()
  secrets.forEach((secret) => redactor.add(secret))
  return redactor
}

const SECRET = `p'w"$é\\ &+/=?x`

describe('createRedactor', () => {
  it('changes nothing without secrets', () => {
    const value = { a: ['b'] }
    expect(redactorOf().redact('text')).to.equal('text')
    expect(redactorOf().redactValue(value)).to.equal(value)
  })

  describe('masks a secret', () => {
    const forms: readonly [string, string][] = [
      ['as it is', `a ${SECRET} b`],
      ['in JSON', `a ${JSON.stringify(SECRET)} b`],
      ['in JSON with ASCII only', `a "${JSON.stringify(SECRET).slice(1, -1).replace('é', '\\u00e9')}" b`],
      ['in JSON inside JSON', `a ${JSON.stringify(JSON.stringify({ x: SECRET }))} b`],
      ['in shell quotes', `a '${SECRET.replaceAll("'", `'\\''`)}' b`],
      ['in a URL', `a ?q=${encodeURIComponent(SECRET)} b`],
      ['in a form', `a ?q=${new URLSearchParams({ q: SECRET }).toString().slice(2)} b`],
    ]
    for (const [how, text] of forms) {
      it(how, () => {
        const redacted = redactorOf(SECRET).redact(text)
        expect(redacted).to.contain(MASK)
        expect(redacted).not.to.contain("p'w").and.not.to.contain('w%22')
      })
    }
    it('leaves the rest of the text alone', () => {
      expect(redactorOf('hunter22').redact('password=hunter22, user=bob')).to.equal(`password=${MASK}, user=bob`)
    })
    it('and the longest one where one begins with another', () => {
      expect(redactorOf('abcd', 'abcdefgh').redact('abcdefgh abcd')).to.equal(`${MASK} ${MASK}`)
    })
    it('that is added later', () => {
      const redactor = redactorOf('first1')
      expect(redactor.redact('second2')).to.equal('second2')
      redactor.add('second2')
      expect(redactor.redact('first1second2')).to.equal(`${MASK}${MASK}`)
    })
    it('in values, keys and numbers', () => {
      const redactor = redactorOf('hunter22', 8081)
      expect(redactor.redactValue({ a: ['x hunter22'], hunter22: 8081, b: 80, c: null, d: true })).to.deep.equal({
        a: [`x ${MASK}`],
        [MASK]: MASK,
        b: 80,
        c: null,
        d: true,
      })
    })
    it('given as a list or mapping, leaf by leaf', () => {
      const redactor = redactorOf({ user: 'alice1', keys: ['key-one', 'key-two'], enabled: true, none: null })
      expect(redactor.redact('alice1 key-one key-two true enabled')).to.equal(`${MASK} ${MASK} ${MASK} true enabled`)
    })
  })

  describe('a secret of several lines', () => {
    const key = '-----BEGIN KEY-----\nMIIBVgIBADANBgkq\nabc\n-----END KEY-----\n'
    it('is masked as a whole, with and without its last line end', () => {
      expect(redactorOf(key).redact(`x${key}y`)).to.equal(`x${MASK}y`)
      expect(redactorOf(key).redact(`x${key.trimEnd()}y`)).to.equal(`x${MASK}y`)
      expect(redactorOf(key).redact(JSON.stringify({ key }))).to.equal(`{"key":"${MASK}"}`)
    })
    it('and line by line, short lines apart', () => {
      expect(redactorOf(key).redact('> MIIBVgIBADANBgkq\n> abc')).to.equal(`> ${MASK}\n> abc`)
    })
  })

  describe('a secret too short to mask', () => {
    it('hides a result that has it as a leaf', () => {
      const redactor = redactorOf('ab')
      expect(redactor.redact('cab')).to.equal('cab')
      expect(redactor.mustHide({ x: ['ab'] })).to.equal(true)
      expect(redactor.mustHide({ x: ['cab', 1, null] })).to.equal(false)
      expect(redactorOf('123').mustHide([123])).to.equal(true)
    })
    it('is not a boolean, a small number or nothing', () => {
      const redactor = redactorOf({ a: true, b: 3, c: null, d: '', e: '   ' })
      expect(redactor.mustHide([true, 3, null, '', '   '])).to.equal(false)
      expect(redactor.redact('a    b')).to.equal('a    b')
    })
  })

  const secretText = fc
    .string({ minLength: 4, maxLength: 40 })
    .filter((text) => text.trim().length >= 4 && !text.includes('*'))
  const around = fc.string({ maxLength: 20 }).filter((text) => !text.includes('*'))

  it('leaves no secret in any text', () => {
    fc.assert(
      fc.property(fc.array(secretText, { minLength: 1, maxLength: 4 }), around, around, (secrets, before, after) => {
        const text = secrets.map((secret) => before + secret).join(after) + after
        const redacted = redactorOf(...secrets).redact(text)
        for (const secret of secrets) expect(redacted.includes(secret)).to.equal(false)
      }),
    )
  })

  it('leaves no secret in base64, wherever it stands in the encoded text', () => {
    const whole = fc
      .string({ minLength: 8, maxLength: 40, unit: 'binary-ascii' })
      .filter((text) => text.trim() === text && !text.includes('*'))
    fc.assert(
      fc.property(
        whole,
        fc.uint8Array({ maxLength: 12 }),
        fc.uint8Array({ maxLength: 12 }),
        (secret, before, after) => {
          const encoded = Buffer.concat([before, Buffer.from(secret), after])
          for (const encoding of ['base64', 'base64url'] as const) {
            const redacted = redactorOf(secret).redact(encoded.toString(encoding))
            expect(redacted).to.contain(MASK)
            expect(redacted.length).to.be.lessThan(
              encoded.toString(encoding).length - (secret.length * 8) / 6 + MASK.length + 4,
            )
          }
        },
      ),
    )
  })

  it('masks what JSON.stringify makes of any value that holds it', () => {
    fc.assert(
      fc.property(secretText, around, (secret, other) => {
        const json = JSON.stringify({ list: [other, secret + other] })
        const redacted = redactorOf(secret).redact(json)
        if (json.includes(JSON.stringify(secret).slice(1, -1))) expect(redacted).to.contain(MASK)
      }),
    )
  })

  it('is quick with many secrets and much text', () => {
    const redactor = createRedactor()
    for (let number = 0; number < 300; number++) redactor.add(`secret-${number}-${'x'.repeat(number % 40)}`)
    const text = 'an ordinary line of output, s-e-c-r-e-t, and secret-17-xxxxxxxxxxxxxxxxx\n'.repeat(5000)
    const start = performance.now()
    expect(redactor.redact(text)).not.to.contain('secret-17')
    expect(performance.now() - start).to.be.lessThan(2000)
  })
})
