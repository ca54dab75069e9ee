import { expect } from 'chai'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/errors.ts'
import { formatPosition } from '../../src/source/position.ts'
import { loadVariablesFile } from '../../src/variables/load.ts'
import { isUnsafe, secretValues } from '../../src/variables/load-variable.ts'
import type { Variables } from '../../src/variables/load-variable.ts'
import { encryptVault } from '../../src/variables/vault.ts'
import { rejection } from '../source/rejection.ts'
import { folderWith } from '../source/temporary.ts'

const secret = { id: 'default', password: 'pw' }

function load(content: string, name = 'vars.yml'): Promise<Variables> {
  return loadVariablesFile(join(folderWith({ [name]: content }), name), [secret])
}

function plain(variables: Variables): Record<string, unknown> {
  return Object.fromEntries([...variables].map(([name, { value }]) => [name, value]))
}

async function inlineVault(text: string): Promise<string> {
  return `!vault |\n    ${(await encryptVault(text, secret)).trim().replaceAll('\n', '\n    ')}`
}

describe('loadVariablesFile', () => {
  it('reads YAML and JSON, with the place of every variable', async () => {
    const variables = await load('a: 1\nb:\n  c: [x]\n')
    expect(plain(variables)).to.deep.equal({ a: 1, b: { c: ['x'] } })
    expect(formatPosition(variables.get('b')!.at!)).to.match(/vars\.yml:2:1$/)
    expect(plain(await load('{"a": {"b": 1e3}}', 'vars.json'))).to.deep.equal({ a: { b: 1000 } })
    expect((await load('---\n# nothing\n')).size).to.equal(0)
  })

  it('opens an encrypted file, all of whose variables are secret but may be templates', async () => {
    const variables = await load(await encryptVault('a: "{{ x }}"\nb: {c: hidden}\n', secret))
    expect(plain(variables)).to.deep.equal({ a: '{{ x }}', b: { c: 'hidden' } })
    expect([...variables.values()].flatMap(secretValues)).to.deep.equal(['{{ x }}', { c: 'hidden' }])
    expect(isUnsafe(variables.get('a')!)).to.equal(false)
  })

  it('opens inline values: only they are secret, and never templates', async () => {
    const variables = await load(
      `a: ${await inlineVault('s3{{cret')}\nb:\n  user: bob\n  password: ${await inlineVault('pass{{')}\n`,
    )
    expect(plain(variables)).to.deep.equal({ a: 's3{{cret', b: { user: 'bob', password: 'pass{{' } })
    expect([...variables.values()].flatMap(secretValues)).to.deep.equal(['s3{{cret', 'pass{{'])
    const b = variables.get('b')!
    expect([isUnsafe(b), isUnsafe(b, ['user']), isUnsafe(b, ['password'])]).to.deep.equal([false, false, true])
    expect(variables.get('a')).to.include({ secret: true, unsafe: true })
  })

  it('reads the JSON spellings of vault and unsafe', async () => {
    const sealed = await encryptVault('hidden', secret)
    const variables = await load(
      JSON.stringify({ a: { __ansible_vault: sealed }, b: { __ansible_unsafe: '{{ x }}' } }),
      'v.json',
    )
    expect(plain(variables)).to.deep.equal({ a: 'hidden', b: '{{ x }}' })
    expect(variables.get('a')).to.include({ secret: true })
    expect(variables.get('b')).to.include({ unsafe: true })
  })

  it('knows what is unsafe inside a value', async () => {
    const variables = await load('a: !unsafe "{{ x }}"\nb: [!unsafe p, q]\nc: {d: !unsafe {e: f}}\n')
    const [a, b, c] = ['a', 'b', 'c'].map((name) => variables.get(name)!)
    expect(isUnsafe(a!)).to.equal(true)
    expect([isUnsafe(b!, [0]), isUnsafe(b!, [1])]).to.deep.equal([true, false])
    expect([isUnsafe(c!), isUnsafe(c!, ['d', 'e'])]).to.deep.equal([false, true])
  })

  describe('refuses', () => {
    const table: readonly [string, string, RegExp, string][] = [
      ['a list', '- a\n', /must be a mapping, this is a list/, '1:1'],
      ['text', 'hello\n', /must be a mapping, this is text 'hello'/, '1:1'],
      ['bad YAML', 'a: 1\nb: {{ x }}\n', /template must be quoted/, '2:4'],
    ]
    for (const [what, content, message, place] of table) {
      it(what, async () => {
        const error = await rejection(load(content))
        expect(error).to.be.instanceOf(UserError)
        expect(error.message).to.match(message)
        expect(formatPosition((error as UserError).at!)).to.match(new RegExp(`vars\\.yml:${place}$`))
      })
    }
    it('a file that is not there', async () => {
      expect((await rejection(loadVariablesFile('/nowhere/x.yml', []))).message).to.equal(
        'there is no file /nowhere/x.yml',
      )
    })
    it('bad YAML in an encrypted file, without quoting it', async () => {
      for (const content of ['password: it"s: hidden\n', 'a: !!int hidden\n', 'hidden\n', 'a: "hidden\n']) {
        const error = await rejection(load(await encryptVault(content, secret)))
        expect(error).to.be.instanceOf(UserError)
        expect(`${error.message} ${(error as UserError).hint}`).not.to.contain('hidden')
        expect(error).to.have.property('at')
      }
    })
    it('what is not UTF-8', async () => {
      const file = join(folderWith({ 'v.yml': '' }), 'v.yml')
      writeFileSync(file, Buffer.from('a: 1\nb: gr\xfcn\n', 'latin1'))
      const error = await rejection(loadVariablesFile(file, []))
      expect(error.message).to.equal('this is not UTF-8 text')
      expect(error).to.have.property('at').that.includes({ line: 2, column: 6 })
      writeFileSync(file, 'a: "\uFFFD"\n')
      expect((await loadVariablesFile(file, [])).get('a')?.value).to.equal('\uFFFD')
    })
    it('an inline value that no password opens, at its place', async () => {
      const sealed = await encryptVault('x', { id: 'prod', password: 'other' })
      const error = await rejection(load(`a: 1\nb: !vault |\n  ${sealed.trim().replaceAll('\n', '\n  ')}\n`))
      expect(error.message).to.match(
        /no vault password opens the value in .*vars.yml, encrypted for the vault id 'prod'/,
      )
      expect(error).to.have.property('at').that.includes({ line: 2, column: 4 })
    })
  })
})
