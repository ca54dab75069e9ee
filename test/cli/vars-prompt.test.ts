import { expect } from 'chai'
import { UserError } from '../../src/errors.ts'
import { answer } from './answer-prompts.ts'

describe('vars_prompt', () => {
  it('asks hidden by default, and masks the answer', async () => {
    const { questions, vars, masked } = await answer("- { name: key, prompt: 'Key of {{ who }}' }", ['s3cret'])
    expect(questions).to.deep.equal(['*Key of you'])
    expect(vars['key']).to.equal('s3cret')
    expect(masked('it is s3cret')).not.to.contain('s3cret')
  })

  it('shows what is typed, the default, and its own words for a question without any', async () => {
    const { questions, vars } = await answer(
      '- { name: a, prompt: A, private: false, default: usual }\n- { name: b, private: no }',
      ['', 'x'],
    )
    expect(questions).to.deep.equal(['A [usual]', 'input for b'])
    expect(vars).to.include({ a: 'usual', b: 'x' })
  })

  it('asks twice until both answers agree', async () => {
    const { questions, vars } = await answer('- { name: a, prompt: A, confirm: true, private: false }', [
      '1',
      '2',
      '3',
      '3',
    ])
    expect(questions).to.deep.equal(['A', 'confirm A', 'A', 'confirm A'])
    expect(vars['a']).to.equal('3')
  })

  it('does not ask for what -e gives', async () => {
    const { questions, vars } = await answer('- { name: a }', [], ['a=1'])
    expect(questions).to.deep.equal([])
    expect(vars).not.to.have.property('a')
  })

  it('takes the default where nobody can be asked, and refuses without one', async () => {
    expect((await answer('- { name: a, default: d }', undefined)).vars['a']).to.equal('d')
    const error: unknown = await answer('- { name: a }', undefined).catch((e: unknown) => e)
    expect(error).to.be.instanceOf(UserError)
    expect((error as UserError).message).to.match(/asks for 'a', and there is no terminal/)
    expect((error as UserError).at?.line).to.equal(4)
  })
})
