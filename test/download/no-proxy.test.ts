import { expect } from 'chai'
import { isDirect } from '../../src/download/no-proxy.ts'

describe('no_proxy', () => {
  // As curl 7.88 decides; the ports, which it does not know, as Python's urllib.
  const cases: readonly [string, string, boolean][] = [
    ['example.test', 'https://files.example.test/', true],
    ['.example.test', 'https://example.test/', true],
    ['*.example.test', 'https://files.example.test/', true],
    ['ample.test', 'https://files.example.test/', false],
    ['example.test.', 'https://EXAMPLE.test/', true],
    ['other.test, example.test', 'https://example.test/', true],
    ['other.test example.test', 'https://example.test/', true],
    ['*', 'https://example.test/', true],
    ['', 'https://example.test/', false],
    ['10.0.0.0/8', 'http://10.1.2.3/', true],
    ['10.0.0.0/8', 'http://11.1.2.3/', false],
    ['10.0.0.0/8', 'http://10.example.test/', false],
    ['10.0.0.0/99', 'http://10.1.2.3/', false],
    ['127.0.0.1', 'http://127.1/', true],
    ['::1', 'http://[::1]/', true],
    ['[::1]', 'http://[::1]/', true],
    ['2001:db8::/32', 'http://[2001:db8:1::1]/', true],
    ['2001:db8::/32', 'http://[2001:db9::1]/', false],
    ['example.test:8080', 'http://example.test:8080/', true],
    ['example.test:8080', 'http://example.test/', false],
    ['[::1]:443', 'https://[::1]/', true],
  ]
  for (const [list, url, direct] of cases) {
    it(`'${list}' ${direct ? 'leaves' : 'does not leave'} ${url} to us`, () => {
      expect(isDirect(new URL(url), list)).to.equal(direct)
    })
  }
})
