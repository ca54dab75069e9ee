import { expect } from 'chai'
import { debianMirror, parseDeb822, parseOneLine, sourceLines } from './apt-sources.ts'
import { LabUnavailable } from './lab-unavailable.ts'
import { immutable } from './package-proxy.ts'

const DEB822 = `# comment
Types: deb deb-src
# http://snapshot.example/archive
URIs: http://mirror.example/debian/
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`

describe('apt sources', () => {
  it('reads deb822 stanzas with comments, continuation lines and embedded keys, and leaves out disabled ones', () => {
    expect(parseDeb822(DEB822)).to.deep.equal([
      {
        uris: ['http://mirror.example/debian/'],
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main', 'contrib'],
      },
      { uris: ['http://security.example/debian-security'], suites: ['bookworm-security'], components: ['main'] },
    ])
  })

  const oneLine: [string, string, ReturnType<typeof parseOneLine>][] = [
    [
      'plain',
      'deb http://m/debian trixie main',
      [{ uris: ['http://m/debian'], suites: ['trixie'], components: ['main'] }],
    ],
    [
      'options and a trailing comment',
      'deb [ arch=amd64 signed-by=/k.gpg ] http://m/debian trixie main non-free # why',
      [{ uris: ['http://m/debian'], suites: ['trixie'], components: ['main', 'non-free'] }],
    ],
    ['a flat repository', 'deb http://m/flat ./', [{ uris: ['http://m/flat'], suites: ['./'], components: [] }]],
    ['a commented-out line', '# deb http://m/debian trixie main', []],
    ['a source line', 'deb-src http://m/debian trixie main', []],
  ]
  for (const [name, text, expected] of oneLine) {
    it(`reads the one-line form: ${name}`, () => expect(parseOneLine(text)).to.deep.equal(expected))
  }

  it('finds the Debian mirror among third-party repositories, and asks it for other suites', () => {
    const mirror = debianMirror([
      ...parseOneLine('deb http://vendor.example/apt nodistro main'),
      ...parseDeb822(DEB822),
    ])
    expect(sourceLines('trixie', mirror)).to.deep.equal([
      'deb http://mirror.example/debian trixie main',
      'deb http://security.example/debian-security trixie-security main',
    ])
  })

  it('does without a security mirror', () => {
    const mirror = debianMirror(parseOneLine('deb http://m/debian bullseye main'))
    expect(sourceLines('bullseye', mirror)).to.deep.equal(['deb http://m/debian bullseye main'])
  })

  it('says that a machine without a Debian mirror cannot carry a lab', () => {
    const sources = parseOneLine('deb http://archive.ubuntu.example/ubuntu noble main')
    expect(() => debianMirror(sources)).to.throw(LabUnavailable, 'no Debian mirror')
  })

  it('keeps for ever what can never change, and nothing else', () => {
    expect(immutable('http://m/debian/pool/main/t/tree/tree_2.1.0-1_amd64.deb')).to.be.true
    expect(immutable('http://m/debian/dists/trixie/main/binary-amd64/by-hash/SHA256/ab12')).to.be.true
    expect(immutable('http://m/debian/dists/trixie/InRelease')).to.be.false
  })
})
