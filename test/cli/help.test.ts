import { expect } from 'chai'
import { sallyport } from '../support/cli.ts'

/** Every command that has a help text, as it is called. */
const commands = ['', 'apply', 'check', 'verify', 'inventory', 'vault', 'vault encrypt', 'vault decrypt', 'vault view']
commands.push('vault edit', 'vault rekey', 'vault encrypt-string', 'schema', 'lint', 'report', 'report merge', 'doc')

describe('help', () => {
  for (const command of commands)
    it(`of sallyport ${command} fits a terminal of 80 columns`, async () => {
      const { code, stdout } = await sallyport([...command.split(' ').filter(Boolean), '--help'])
      expect(code).to.equal(0)
      expect(stdout).to.match(/^Usage: sallyport/)
      expect(stdout.split('\n').filter((line) => line.length > 80)).to.deep.equal([])
    })
})
