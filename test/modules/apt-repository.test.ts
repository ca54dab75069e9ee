import { expect } from 'chai'
import aptRepository from '../../src/modules/apt-repository/index.ts'
import { parseLine, suggestedName, switchedOn, without } from '../../src/modules/apt-repository/sources.ts'
import { parseSources, type SourcesState } from '../../src/modules/apt-repository/state.ts'
import { digest } from '../../src/modules/paths/content.ts'

const repo = 'deb https://a.example.org/debian stable main'
const wish = (args: object = {}) => aptRepository.args.parse({ repo, ...args })

/** A host with these lists and nothing at the target. */
function host(lists: Readonly<Record<string, string>>, target = '/etc/apt/sources.list.d/a.list'): SourcesState {
  const texts = Object.entries(lists).map(([path, text], index) => {
    const coded = Buffer.from(text).toString('base64')
    return `record list ${index}\nis 81a4:0:0:${text.length}:1:9:9:1:1:1:root:root\nsha256 ${digest(Buffer.from(text))}\nbase64\n|${coded}\n.\nat\n|${path}\n.\n`
  })
  return parseSources(
    `record apt\n${texts.join('')}record target\nparent 0:41ed:root\nat\n|${target}\n.\nrecord accounts\nuser root\ngroup root\n`,
  )
}

const whats = (state: SourcesState, args: object = {}) =>
  aptRepository.plan(wish(args), state).changes.map(({ what }) => what.replace(/ \(.*\)/, ''))

describe('apt_repository', () => {
  it('reads a line as Ansible does', () => {
    expect(parseLine(' #  deb  a b # c ')).to.deep.equal({
      source: 'deb a b',
      valid: true,
      enabled: false,
      comment: 'c',
    })
    expect(parseLine('## deb a b')).to.deep.include({ valid: false, enabled: false })
    expect(parseLine('')).to.deep.include({ valid: false, source: '' })
  })

  for (const [source, name] of [
    ['deb http://dl.example.org/linux/chrome/deb/ stable main', 'dl_example_org_linux_chrome_deb'],
    ['deb [arch=amd64 signed-by=/a] https://me:p@x.org:80/a stable', 'x_org_80_a'],
    ['deb-src file:///srv/repo ./', 'srv_repo'],
  ] as const)
    it(`names the file of ${source}`, () => expect(suggestedName(source)).to.equal(name))

  it('leaves all other lines as they are', () => {
    const text = `#x\r\n\n  # ${repo}  # note\n deb b c d\n`
    expect(switchedOn(text, repo)).to.equal(`#x\r\n\n${repo} # note\n deb b c d\n`)
    expect(without(`${text}${repo}`, repo)).to.equal(text)
  })

  for (const [args, message] of [
    [{ repo: 'ppa:nginx/stable' }, /PPA is not supported/],
    [{ repo: 'https://a.example.org stable main' }, /must be a line of sources.list/],
    [{ repo: `# ${repo}` }, /must be a line of sources.list/],
    [{ repo: `${repo}\ndeb b c d` }, /must be one line/],
    [{ codename: 'jammy' }, /release of a PPA/],
    [{ validate_certs: false }, /addresses of PPAs/],
    [{ filename: '../a' }, /must be a name or an absolute path/],
  ] as const)
    it(`refuses ${JSON.stringify(args)}`, () => expect(() => wish(args)).to.throw(message))

  it('adds what no list has, and fetches the lists', () => {
    const path = '/etc/apt/sources.list.d/a.list'
    expect(whats(host({ '/m': 'deb b c d\n' }))).to.deep.equal([`${path}: create`, 'fetch the package lists'])
    expect(whats(host({ '/m': `${repo}\n` }))).to.deep.equal([])
  })

  it('sees in a check what earlier tasks make of the lists', () => {
    const state = host({ '/m': 'deb b c d\n' })
    const later = (path: string, text?: string) =>
      aptRepository.overlay?.(
        state,
        { paths: { [path]: { type: 'file', contentChanges: true, ...(text && { content: Buffer.from(text) }) } } },
        wish(),
      ) as SourcesState
    expect(whats(later('/etc/apt/sources.list.d/new.list', `${repo}\n`))).to.deep.equal([])
    expect(whats(later('/etc/apt/sources.list.d/new.txt', `${repo}\n`))).to.have.length(2)
    const plan = aptRepository.plan(wish(), later('/etc/apt/sources.list.d/new.list'))
    expect(plan.uncertain).to.match(/earlier task changes the content/)
  })

  it('says that a host has no apt', () => {
    const { refuse } = aptRepository.plan(wish(), { ...host({}), apt: false })
    expect(refuse).to.equal('this host has no apt')
  })
})
