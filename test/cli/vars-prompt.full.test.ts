import { expect } from 'chai'
import { answer } from './answer-prompts.ts'

// A hash takes as long as Python's library has made it take: seconds.
describe('vars_prompt that hashes', () => {
  it('hashes the answer with `encrypt`, `salt` and `salt_size`', async () => {
    const { vars } = await answer(
      '- { name: a, encrypt: sha512_crypt, salt: abcdefgh }\n- { name: b, encrypt: sha256_crypt, salt_size: 7 }',
      ['secret', 'secret'],
    )
    expect(vars['a']).to.match(/^\$6\$(rounds=\d+\$)?abcdefgh\$/)
    expect(vars['b']).to.match(/^\$5\$(rounds=\d+\$)?[./\w]{7}\$/)
  })
})
