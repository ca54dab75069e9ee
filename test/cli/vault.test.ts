import { expect } from 'chai'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { run } from '../../src/cli/vault.ts'
import { UserError } from '../../src/errors.ts'
import { requireAnsible } from '../inventory/oracle.ts'
import { openPane, tmuxMissing } from '../report/support/tmux.ts'
import { rejection } from '../source/rejection.ts'
import { folderWith, type Files } from '../source/temporary.ts'
import { program } from '../support/program.ts'

/** A folder with a password file and whatever else, and short ways to use it. */
function vaultFolder(files: Files = {}) {
  const folder = folderWith({ password: 'pässword\n', other: 'another\n', ...files })
  const path = (name: string) => join(folder, name)
  return {
    folder,
    path,
    read: (name: string) => readFileSync(path(name), 'utf8'),
    mode: (name: string) => statSync(path(name)).mode & 0o777,
    /** Runs an action with the password file; names of files are those of the folder. */
    vault: (action: string, ...args: readonly string[]) =>
      run([action, '--vault-password-file', path('password'), ...args.map((arg) => arg.replace(/^@/, `${folder}/`))]),
    ansible: (action: string, ...args: readonly string[]) =>
      execFileSync('ansible-vault', [action, '--vault-password-file', path('password'), ...args], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    /** The command line as a process, with something on its standard input. */
    cli: (args: readonly string[], input = '') =>
      spawnSync(process.execPath, [program, 'vault', ...args], { cwd: folder, input, encoding: 'utf8' }),
  }
}

describe('sallyport vault', () => {
  it('seals a file and opens it again: whole, private, nothing left beside it', async () => {
    const { folder, vault, read, mode, path } = vaultFolder({ 'vars.yml': 'key: välue\n' })
    chmodSync(path('vars.yml'), 0o644)
    await vault('encrypt', '@vars.yml')
    expect(read('vars.yml')).to.match(/^\$ANSIBLE_VAULT;1\.1;AES256\n/)
    expect(mode('vars.yml')).to.equal(0o600)
    await vault('decrypt', '@vars.yml')
    expect(read('vars.yml')).to.equal('key: välue\n')
    expect(mode('vars.yml')).to.equal(0o600)
    expect(readdirSync(folder).sort()).to.deep.equal(['other', 'password', 'vars.yml'])
  })

  it('follows a link and leaves it a link', async () => {
    const { vault, path, read } = vaultFolder({ 'real.yml': 'a: 1\n' })
    symlinkSync(path('real.yml'), path('link.yml'))
    await vault('encrypt', '@link.yml')
    expect(lstatSync(path('link.yml')).isSymbolicLink()).to.equal(true)
    expect(read('real.yml')).to.match(/^\$ANSIBLE_VAULT/)
  })

  it('keeps bytes that are no text', async () => {
    const { vault, path } = vaultFolder()
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    writeFileSync(path('blob'), bytes)
    await vault('encrypt', '@blob')
    await vault('decrypt', '@blob')
    expect(readFileSync(path('blob'))).to.deep.equal(bytes)
  })

  it('seals under one of several ids, which must be named', async () => {
    const { path, read } = vaultFolder({ 'a.yml': 'a: 1\n' })
    const ids = ['--vault-id', `dev@${path('password')}`, '--vault-id', `prod@${path('other')}`]
    const error = await rejection(run(['encrypt', ...ids, path('a.yml')]))
    expect(error).to.be.instanceOf(UserError)
    expect(error.message).to.equal('several vault passwords were given (dev, prod)')
    await run(['encrypt', ...ids, '--encrypt-vault-id', 'prod', path('a.yml')])
    expect(read('a.yml')).to.match(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/)
    await run(['decrypt', ...ids, path('a.yml')])
    expect(read('a.yml')).to.equal('a: 1\n')
  })

  it('takes the password from a script, which is told the id when it is a client', async () => {
    const { path, read } = vaultFolder({
      'a.yml': 'a: 1\n',
      script: '#!/bin/sh\necho "from script $#"\n',
      'keys-client.sh': '#!/bin/sh\necho "$1 $2"\n',
    })
    await run(['encrypt', '--vault-password-file', path('script'), path('a.yml')])
    writeFileSync(path('same'), 'from script 0')
    await run(['decrypt', '--vault-password-file', path('same'), path('a.yml')])
    await run(['encrypt', '--vault-id', `dev@${path('keys-client.sh')}`, path('a.yml')])
    writeFileSync(path('same'), '--vault-id dev')
    await run(['decrypt', '--vault-password-file', path('same'), path('a.yml')])
    expect(read('a.yml')).to.equal('a: 1\n')
  })

  describe('edit', () => {
    it('hands the plain text to the editor in a private place, and keeps id, owner and mode', async () => {
      const { folder, path, read, mode } = vaultFolder({
        'a.yml': 'a: 1\n',
        editor: `#!/bin/sh\nstat -c '%a' "$2" "$(dirname "$2")" > "$1"; echo "$2" >> "$1"; echo 'b: 2' >> "$2"; cp "$2" "$2~"\n`,
      })
      const id = ['--vault-id', `prod@${path('password')}`]
      await run(['encrypt', ...id, path('a.yml')])
      chmodSync(path('a.yml'), 0o640)
      await withEditor(`${path('editor')} '${path('seen')}'`, () => run(['edit', ...id, path('a.yml')]))
      const [fileMode, folderMode, place = ''] = read('seen').split('\n')
      expect([fileMode, folderMode]).to.deep.equal(['600', '700'])
      expect(place).to.match(/\/a\.yml$/)
      expect(place.startsWith(folder)).to.equal(false)
      expect(existsSync(join(place, '..'))).to.equal(false)
      expect(read('a.yml')).to.match(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/)
      expect(mode('a.yml')).to.equal(0o640)
      await run(['decrypt', ...id, path('a.yml')])
      expect(read('a.yml')).to.equal('a: 1\nb: 2\n')
    })

    it('writes nothing when nothing was changed, or when the editor fails', async () => {
      const { path, vault, read } = vaultFolder({ 'a.yml': 'a: 1\n', fails: '#!/bin/sh\necho x >> "$1"; exit 3\n' })
      await vault('encrypt', '@a.yml')
      const before = read('a.yml')
      await withEditor('true', () => vault('edit', '@a.yml'))
      expect(read('a.yml')).to.equal(before)
      const error = await withEditor(path('fails'), () => rejection(vault('edit', '@a.yml')))
      expect(error.message).to.equal('the editor ended with exit code 3: nothing was changed')
      expect(read('a.yml')).to.equal(before)
    })

    it('says which editor cannot be started', async () => {
      const { vault } = vaultFolder({ 'a.yml': 'a: 1\n' })
      await vault('encrypt', '@a.yml')
      const error = await withEditor('/no/such/editor', () => rejection(vault('edit', '@a.yml')))
      expect(error.message).to.equal('cannot start the editor /no/such/editor: ENOENT')
    })
  })

  describe('rekey', () => {
    it('changes the password of files and of inline values, and nothing else of them', async () => {
      const { vault, path, read, mode } = vaultFolder({ 'a.yml': 'a: 1\n', 'b.txt': 'text' })
      await vault('encrypt', '@a.yml')
      const sealed = await sealString('tokén', path('password'))
      writeFileSync(
        path('mixed.yml'),
        `# kept\nplain: 1\ntoken: ${sealed}\nlist:\n  - ${sealed.replaceAll('\n', '\n  ')}\nend: true\n`,
      )
      chmodSync(path('mixed.yml'), 0o644)
      await vault('rekey', '--new-vault-id', `prod@${path('other')}`, '@a.yml', '@mixed.yml')
      expect(mode('mixed.yml')).to.equal(0o644)
      expect(read('mixed.yml').match(/\$ANSIBLE_VAULT;1\.2;AES256;prod/g)).to.have.length(2)
      expect(read('mixed.yml'))
        .to.match(/^# kept\nplain: 1\ntoken: !vault \|\n/)
        .and.to.match(/\nend: true\n$/)
      const { cli } = vaultFolder()
      const shown = cli(['view', '--vault-password-file', path('other'), path('mixed.yml')])
      expect(shown.stdout).to.match(
        /^# kept\nplain: 1\ntoken: !vault \|\n +tokén\nlist:\n {2}- !vault \|\n +tokén\nend: true\n$/,
      )
      await run(['decrypt', '--vault-password-file', path('other'), path('a.yml')])
      expect(read('a.yml')).to.equal('a: 1\n')
    })

    it('leaves every file as it was when one does not open', async () => {
      const { vault, path, read } = vaultFolder({ 'a.yml': 'a: 1\n', 'b.yml': 'b: 1\n' })
      await vault('encrypt', '@a.yml')
      await run(['encrypt', '--vault-password-file', path('other'), path('b.yml')])
      const before = read('a.yml')
      const error = await rejection(vault('rekey', '--new-vault-password-file', '@other', '@a.yml', '@b.yml'))
      expect(error.message).to.match(/^no vault password opens .*b\.yml/)
      expect(read('a.yml')).to.equal(before)
    })
  })

  it('takes a text to seal from standard input, and refuses one on the command line', () => {
    const { cli, folder } = vaultFolder()
    const password = ['--vault-password-file', 'password']
    const sealed = cli(['encrypt-string', ...password, '--name', 'token'], 'sécret')
    expect(sealed.stdout).to.match(/^token: !vault \|\n {10}\$ANSIBLE_VAULT;1\.1;AES256\n( {10}[0-9a-f]+\n)+$/)
    expect(sealed.stderr).to.equal('')
    writeFileSync(join(folder, 'v.yml'), sealed.stdout)
    expect(cli(['view', ...password, 'v.yml']).stdout).to.equal('token: !vault |\n          sécret\n')
    const refused = cli(['encrypt-string', ...password, 'sécret'])
    expect([refused.status, refused.stdout]).to.deep.equal([1, ''])
    expect(refused.stderr)
      .to.match(/process list/)
      .and.not.to.contain('sécret')
    expect(cli(['encrypt-string', ...password], 'x\n').stderr).to.match(/ends with a line end/)
  })

  it('opens from standard input to standard output', () => {
    const { cli } = vaultFolder()
    const password = ['--vault-password-file', 'password']
    const sealed = cli(['encrypt', ...password, '-'], 'a: 1\n')
    expect(cli(['decrypt', ...password, '-'], sealed.stdout).stdout).to.equal('a: 1\n')
  })

  describe('refuses', () => {
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      ['to seal twice', ['encrypt', '@sealed'], /sealed is encrypted already/],
      ['to open what is not sealed', ['decrypt', '@plain.yml'], /plain\.yml is not encrypted as a whole/],
      ['to edit what is not sealed', ['edit', '@plain.yml'], /is not encrypted as a whole/],
      ['to show what holds nothing sealed', ['view', '@plain.yml'], /holds no encrypted value/],
      ['a file that is not there', ['view', '@nowhere'], /there is no file .*nowhere/],
      ['no file', ['encrypt'], /no file was given/],
      [
        'two files into one',
        ['encrypt', '--output', '@x', '@plain.yml', '@password'],
        /--output takes what one file becomes/,
      ],
      [
        'an unknown id',
        ['encrypt', '--encrypt-vault-id', 'prod', '@plain.yml'],
        /no password was given for the vault id 'prod'/,
      ],
      [
        'an empty password',
        ['encrypt', '--vault-password-file', '@empty', '@plain.yml'],
        /the vault password from .* is empty/,
      ],
      [
        'a password file that is not there',
        ['view', '--vault-password-file', '@none', '@sealed'],
        /cannot read the vault password file/,
      ],
      [
        'a script that fails',
        ['view', '--vault-password-file', '@broken', '@sealed'],
        /script .* failed \(3\): no key/,
      ],
      ['a name that is none', ['encrypt-string', '--name', 'a b'], /'a b' is not a name for a variable/],
    ]
    for (const [what, [action = '', ...args], message] of cases)
      it(what, async () => {
        const { vault } = vaultFolder({
          'plain.yml': 'a: 1\n',
          sealed: '$ANSIBLE_VAULT;1.1;AES256\n00\n',
          empty: '\n',
          broken: '#!/bin/sh\necho no key >&2; exit 3\n',
        })
        const error = await rejection(vault(action, ...args))
        expect(error).to.be.instanceOf(UserError)
        expect(error.message).to.match(message)
      })
  })

  it('asks for a new password twice on a terminal, and takes no slip', async function () {
    const missing = tmuxMissing()
    if (missing !== undefined) return this.skip()
    this.timeout(60_000)
    const { folder, read } = vaultFolder({ 'a.yml': 'a: 1\n' })
    const command = (file: string) =>
      `sh -c 'cd ${folder}; ${process.execPath} ${program} vault encrypt ${file}; echo code $?'`
    for (const [second, code] of [
      ['typo', 1],
      ['word', 0],
    ] as const) {
      const pane = openPane(command('a.yml'))
      try {
        await pane.until((lines) => lines.some((line) => line.startsWith('New vault password')))
        pane.send('word')
        pane.send('Enter')
        await pane.until((lines) => lines.some((line) => line.startsWith('Once more')))
        pane.send(second)
        pane.send('Enter')
        const lines = await pane.until((all) => all.some((line) => line.startsWith('code ')))
        expect(lines).to.include(`code ${code}`)
        expect(lines.join('\n')).not.to.match(/: word|typo$/m)
      } finally {
        pane.close()
      }
      expect(read('a.yml').startsWith('$ANSIBLE_VAULT')).to.equal(code === 0)
    }
  })

  describe('beside ansible-vault', () => {
    before(function () {
      requireAnsible(this)
    })

    it('each opens files and values that the other sealed', async () => {
      const { vault, ansible, read, path, cli } = vaultFolder({ 'a.yml': 'a: é\n', 'b.yml': 'b: 1\n' })
      await vault('encrypt', '@a.yml')
      expect(ansible('view', 'a.yml').trimEnd()).to.equal('a: é')
      ansible('encrypt', 'b.yml')
      await vault('decrypt', '@b.yml')
      expect(read('b.yml')).to.equal('b: 1\n')
      writeFileSync(path('c.yml'), ansible('encrypt_string', '--name', 'token', 'té'))
      expect(cli(['view', '--vault-password-file', 'password', 'c.yml']).stdout.trimEnd()).to.equal(
        'token: !vault |\n          té',
      )
      ansible('rekey', '--new-vault-id', 'prod@other', 'a.yml')
      await run(['decrypt', '--vault-password-file', path('other'), path('a.yml')])
      expect(read('a.yml')).to.equal('a: é\n')
    })
  })
})

async function withEditor<T>(editor: string, work: () => Promise<T>): Promise<T> {
  const before = { EDITOR: process.env['EDITOR'], VISUAL: process.env['VISUAL'] }
  process.env['EDITOR'] = editor
  delete process.env['VISUAL']
  try {
    return await work()
  } finally {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
  }
}

async function sealString(text: string, passwordFile: string): Promise<string> {
  const { encryptVault } = await import('../../src/variables/vault.ts')
  const sealed = await encryptVault(text, { id: 'default', password: readFileSync(passwordFile, 'utf8').trim() })
  return `!vault |\n${sealed.replace(/^/gm, '    ').trimEnd()}`
}
