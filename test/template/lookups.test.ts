import { expect } from 'chai'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Value } from '../../src/source/value.ts'
import { renderValue, test, type TemplateContext } from '../../src/template/render.ts'
import { contextOf } from './scope.ts'

describe('lookups', () => {
  let folder: string
  let context: TemplateContext
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lookups-'))
    for (const name of ['files', 'role', 'role/files']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'files/a.txt'), 'from files\n')
    writeFileSync(join(folder, 'a.txt'), 'from the folder\n')
    writeFileSync(join(folder, 'role/files/b.txt'), 'from the role\n')
    context = contextOf({ name: 'a' }, { searchPaths: [join(folder, 'role'), folder] })
  })
  after(() => {
    rmSync(folder, { recursive: true })
  })

  it('search each path, its folder of their kind first', () => {
    expect(renderValue("{{ lookup('file', 'a.txt') }}", context)).to.equal('from files')
    expect(renderValue("{{ lookup('file', 'b.txt') }}", context)).to.equal('from the role')
    expect(renderValue("{{ lookup('file', '{{ name }}.txt') }}", context)).to.equal('from files')
  })

  it('keep a password they made', () => {
    const path = join(folder, 'credentials/web')
    const first = renderValue(`{{ lookup('password', '${path} length=12 chars=digits') }}`, context)
    expect(first).to.match(/^\d{12}$/)
    expect(readFileSync(path, 'utf8')).to.equal(`${first as string}\n`)
    expect(statSync(path).mode & 0o777).to.equal(0o600)
    expect(renderValue(`{{ lookup('password', '${path}') }}`, context)).to.equal(first)
  })

  it('ask the hook first', () => {
    const calls: Value[] = []
    const hooked: TemplateContext = {
      ...context,
      lookup: (name, args, options) => {
        calls.push([name, [...args], options])
        return name === 'file' ? 'hooked' : undefined
      },
    }
    expect(renderValue("{{ lookup('file', 'x', rstrip=false) }} {{ query('items', 1) | first }}", hooked)).to.equal(
      'hooked 1',
    )
    expect(calls).to.deep.equal([
      ['file', ['x'], { rstrip: false }],
      ['items', [1], { wantlist: true }],
    ])
  })

  it('let what the hook throws pass untouched', () => {
    const refusal = new Error('not now')
    const refusing: TemplateContext = {
      ...context,
      lookup: () => {
        throw refusal
      },
    }
    expect(() => renderValue("{{ lookup('env', 'HOME') | default('x') }}", refusing)).to.throw(refusal)
  })

  describe('never run for what a host may have written', () => {
    const marker = (): string => join(folder, 'marker')
    const untouched = (): void => {
      expect(statSync(marker(), { throwIfNoEntry: false })).to.equal(undefined)
    }
    const stdout = (): string => `lookup('pipe', 'touch ${marker()}')`

    it('in a condition that comes out of a template', () => {
      const own = contextOf({ result: { stdout: stdout() } }, { searchPaths: [folder] })
      expect(() => test('{{ result.stdout }}', own)).to.throw(/refused/)
      untouched()
    })

    it('in a term of another lookup', () => {
      const own = contextOf({ result: { stdout: `{{ ${stdout()} }}` } }, { searchPaths: [folder] })
      expect(renderValue("{{ lookup('items', result.stdout) }}", own)).to.equal(`{{ ${stdout()} }}`)
      untouched()
    })

    it('in a value that is put into text', () => {
      const own = contextOf({ result: { stdout: `{{ ${stdout()} }}` } }, { searchPaths: [folder] })
      expect(renderValue('got {{ result.stdout }}', own)).to.equal(`got {{ ${stdout()} }}`)
      untouched()
    })
  })
})
