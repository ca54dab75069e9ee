import { expect } from 'chai'
import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../src/errors.ts'
import { decryptVault, encryptVault, isVault } from '../../src/variables/vault.ts'
import { askAnsible, requireAnsible } from '../inventory/oracle.ts'
import { rejection } from '../source/rejection.ts'

const at = { file: 'group_vars/all.yml', line: 1, column: 1 }
const secret = { id: 'default', password: 'pässword' }

describe('vault', () => {
  it('opens what it sealed, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.constantFrom('default', 'prod'), async (bytes, id) => {
        const sealed = await encryptVault(Buffer.from(bytes), { ...secret, id })
        expect(isVault(sealed)).to.equal(true)
        expect(await decryptVault(sealed, [{ ...secret, id }])).to.deep.equal(Buffer.from(bytes))
      }),
      { numRuns: 30 },
    )
  })

  it('writes format 1.1 without and 1.2 with a vault id, in lines of 80', async () => {
    expect(await encryptVault('x', secret)).to.match(/^\$ANSIBLE_VAULT;1\.1;AES256\n/)
    const named = await encryptVault('x', { id: 'prod', password: 'p' })
    expect(named).to.match(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n([0-9a-f]{80}\n)+[0-9a-f]{1,80}\n$/)
  })

  it('tries every password, and reads Windows line ends and indentation', async () => {
    const sealed = await encryptVault('plain', secret)
    const indented = sealed.replaceAll('\n', '\r\n    ')
    const secrets = [
      { id: 'a', password: 'wrong' },
      { id: 'b', password: Buffer.from('pässword') },
    ]
    expect((await decryptVault(indented, secrets)).toString()).to.equal('plain')
  })

  describe('refuses', () => {
    it('a wrong password, naming the file and the vault ids', async () => {
      const error = await rejection(decryptVault(await encryptVault('x', { id: 'prod', password: 'p' }), [secret], at))
      expect(error).to.be.instanceOf(UserError)
      expect(error.message).to.equal(
        "no vault password opens group_vars/all.yml, encrypted for the vault id 'prod' (tried: 'default')",
      )
      expect(error).to.have.property('at', at)
    })
    it('to guess without a password', async () => {
      const error = await rejection(decryptVault(await encryptVault('x', secret), [], at))
      expect(error.message).to.equal('group_vars/all.yml is encrypted and no vault password was given')
      expect(error).to.have.property('hint').that.contains('--ask-vault-pass')
    })
    const broken: readonly [string, (sealed: string) => string, RegExp][] = [
      ['an old format', (text) => text.replace('1.1', '1.0'), /format 1\.0 is not supported/],
      ['another cipher', (text) => text.replace('AES256', 'AES'), /cipher AES is not supported/],
      ['text that is not hex', (text) => text.replace(/\n\d/, '\nz'), /damaged: it holds something other than hex/],
      [
        'a line that is missing',
        (text) => text.split('\n').toSpliced(2, 1).join('\n'),
        /damaged|no vault password opens/,
      ],
      [
        'an altered digit',
        (text) => text.replace(/3(\d\n)$/, '4$1').replace(/(.)\n$/, (_, d: string) => `${d === '1' ? '2' : '1'}\n`),
        /damaged|no vault password opens/,
      ],
      ['a header without body', (text) => text.split('\n')[0] ?? '', /damaged: it does not consist/],
    ]
    for (const [what, alter, message] of broken) {
      it(what, async () => {
        const error = await rejection(decryptVault(alter(await encryptVault('text', secret)), [secret], at))
        expect(error).to.be.instanceOf(UserError)
        expect(error.message).to.match(message)
      })
    }
  })

  it('derives each key once', async () => {
    const sealed = await encryptVault('x', secret)
    const fresh = { ...secret }
    await decryptVault(sealed, [fresh])
    const start = performance.now()
    for (let count = 0; count < 50; count++) await decryptVault(sealed, [fresh])
    expect(performance.now() - start).to.be.lessThan(200)
  })

  describe('beside Ansible', () => {
    before(function () {
      requireAnsible(this)
    })

    it('each opens what the other sealed', async () => {
      const texts = ['', 'a', 'a: 1\n', 'é€\u{1F600}', 'x'.repeat(15), 'x'.repeat(16), 'line\n'.repeat(50)]
      const ours = await Promise.all(
        texts.map((text, index) => encryptVault(text, { ...secret, id: index % 2 ? 'prod' : 'default' })),
      )
      const answers = await askAnsible([
        ...ours.map((text) => ({ ask: 'decrypt' as const, text, password: secret.password, id: 'default' })),
        ...texts
          .filter((text) => text !== '')
          .map((text) => ({ ask: 'encrypt' as const, text, password: secret.password, id: 'prod' })),
      ])
      const values = answers.map((answer) => ('value' in answer ? answer.value : answer))
      expect(values.slice(0, texts.length)).to.deep.equal(texts)
      const theirs = await Promise.all(
        values.slice(texts.length).map((text) => decryptVault(typeof text === 'string' ? text : '', [secret])),
      )
      expect(theirs.map(String)).to.deep.equal(texts.filter((text) => text !== ''))
    })

    it('the command line agrees as well, with files', () => {
      const folder = mkdtempSync(join(tmpdir(), 'sallyport-vault-'))
      try {
        writeFileSync(join(folder, 'password'), 'pässword\n')
        writeFileSync(join(folder, 'vars.yml'), 'key: value\n')
        execFileSync('ansible-vault', ['encrypt', '--vault-password-file', 'password', 'vars.yml'], {
          cwd: folder,
          stdio: 'ignore',
        })
        return decryptVault(readFileSync(join(folder, 'vars.yml'), 'utf8'), [secret]).then((plain) =>
          expect(plain.toString()).to.equal('key: value\n'),
        )
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  })
})
