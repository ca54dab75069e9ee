import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { RenderOptions } from '../../src/modules/define.ts'
import template from '../../src/modules/template.ts'
import { arrange, cleanUp } from '../support/law-run.ts'
import { converge, testController, wishOf } from '../support/modules.ts'

function controllerFor(
  source: string | Buffer,
  rendered: (text: string, options?: RenderOptions) => string = (text) => text,
) {
  return testController({
    find: () => '/dev/null',
    read: () => Promise.resolve(Buffer.from(source)),
    render: (text, _file, options) => rendered(text, options),
  })
}

describe('template', () => {
  let dir = ''
  beforeEach(() => {
    dir = arrange('')
  })
  afterEach(() => cleanUp(dir))

  it('hands the template over with Ansible defaults and newlines alone', async () => {
    const seen: unknown[] = []
    const controller = controllerFor('a\r\nb\rc\n', (text, options) => {
      seen.push(text, options)
      return 'out\n'
    })
    const { plan } = await converge(template, { src: 't.j2', dest: join(dir, 'f') }, { controller })
    const names = { written: 't.j2', dest: join(dir, 'f') }
    expect(seen).to.deep.equal(['a\nb\nc\n', { ...names, trimBlocks: true, lstripBlocks: false }])
    expect(plan.changes[0]?.diff).to.deep.equal({ name: join(dir, 'f'), before: '', after: 'out\n' })
  })

  it('passes other delimiters on', async () => {
    const seen: (RenderOptions | undefined)[] = []
    const controller = controllerFor('', (text, options) => (seen.push(options), text))
    await wishOf(template, { src: 't', dest: '/x', variable_start_string: '[[', variable_end_string: ']]' }, controller)
    expect(seen[0]?.delimiters?.variable).to.deep.equal(['[[', ']]'])
  })

  for (const [name, sequence, wished] of [
    ['\\r\\n as YAML leaves it in plain text', '\\r\\n', 'one\r\ntwo\r\n'],
    ['a carriage return', '\r', 'one\rtwo\r'],
  ] as const) {
    it(`ends lines with ${name}`, async () => {
      const args = { src: 't', dest: join(dir, 'f'), newline_sequence: sequence }
      const { again } = await converge(template, args, { controller: controllerFor('one\ntwo\n') })
      expect(again.changes).to.deep.equal([])
      expect(readFileSync(join(dir, 'f'), 'utf8')).to.equal(wished)
    })
  }

  it('writes other encodings', async () => {
    const args = { src: 't', dest: join(dir, 'f'), output_encoding: 'iso-8859-1' }
    await converge(template, args, { controller: controllerFor('é') })
    expect([...readFileSync(join(dir, 'f'))]).to.deep.equal([0xe9])
  })

  it('refuses a character that the encoding has not', async () => {
    const args = { src: 't', dest: '/x', output_encoding: 'ascii' }
    const error = await wishOf(template, args, controllerFor('é')).catch((thrown: unknown) => thrown)
    expect(String(error)).to.contain('é cannot be written in ascii')
  })

  it('refuses a template that is no UTF-8', async () => {
    const error = await wishOf(template, { src: 't', dest: '/x' }, controllerFor(Buffer.from([0xff]))).catch(
      (thrown: unknown) => thrown,
    )
    expect(String(error)).to.contain('not UTF-8')
  })

  it('refuses an encoding it cannot write, and state', () => {
    expect(() => template.args.parse({ src: 't', dest: '/x', output_encoding: 'utf-16' })).to.throw(/utf-8, latin-1/)
    expect(() => template.args.parse({ src: 't', dest: '/x', state: 'file' })).to.throw(/state/)
  })
})
