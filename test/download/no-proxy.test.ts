import { expect } from 'chai'
import { isDirect } from '../../src/download/no-proxy.ts'
import { proxyPortOfCurl } from './curl.ts'

describe('no_proxy', () => {
  type Case = readonly [list: string, url: string, direct: boolean]
  const title = ([list, url, direct]: Case) => `'${list}' ${direct ? 'leaves' : 'does not leave'} ${url} to us`
  const curls = async ([list, url]: Case) => {
    const proxy = 'http://127.0.0.1:1'
    return (await proxyPortOfCurl(url, { http_proxy: proxy, https_proxy: proxy, no_proxy: list })) === undefined
  }

  describe('as curl reads it', () => {
    const cases: readonly Case[] = [
      ['example.test', 'https://files.example.test/', true],
      ['.example.test', 'https://example.test/', true],
      ['.example.test', 'https://files.example.test/', true],
      ['ample.test', 'https://files.example.test/', false],
      ['example.test.', 'https://EXAMPLE.test/', true],
      ['example.test', 'https://example.test./', true],
      ['other.test, example.test', 'https://example.test/', true],
      ['other.test example.test', 'https://example.test/', true],
      ['other.test;example.test', 'https://example.test/', false],
      ['*', 'https://example.test/', true],
      ['', 'https://example.test/', false],
      ['.', 'https://example.test/', false],
      ['10.0.0.0/8', 'http://10.1.2.3/', true],
      ['10.0.0.0/8', 'http://11.1.2.3/', false],
      ['10.0.0.0/8', 'http://10.example.test/', false],
      ['10.0.0.0/99', 'http://10.1.2.3/', false],
      ['10.0.0.0/', 'http://10.1.2.3/', false],
      ['2.3', 'http://10.1.2.3/', false],
      ['127.0.0.1', 'http://127.1/', true],
      ['127.1', 'http://127.0.0.1/', false],
      ['::1', 'http://[::1]/', true],
      ['2001:DB8::1', 'http://[2001:db8::1]/', true],
      ['2001:db8::/32', 'http://[2001:db9::1]/', false],
    ]
    for (const each of cases) {
      it(title(each), async () => {
        const [list, url, direct] = each
        expect(isDirect(new URL(url), list)).to.equal(direct)
        expect(await curls(each), 'what curl itself does').to.equal(direct)
      })
    }
  })

  // What other programs, or later versions of curl, take for a name, an address or a network; curl 7.88 asks the proxy.
  describe('beyond curl', () => {
    const cases: readonly Case[] = [
      ['*.example.test', 'https://files.example.test/', true],
      ['*.example.test', 'https://example.test/', true],
      ['other.test, *', 'https://example.test/', true],
      ['other.test\nexample.test', 'https://example.test/', true],
      ['10.0.0.0/0', 'http://11.1.2.3/', true],
      ['[::1]', 'http://[::1]/', true],
      ['0:0::1', 'http://[::1]/', true],
      ['2001:db8::/32', 'http://[2001:db8:1::1]/', true],
      ['example.test:8080', 'http://example.test:8080/', true],
      ['example.test:8080', 'http://example.test/', false],
      ['example.test:80', 'http://example.test/', true],
      ['[::1]:443', 'https://[::1]/', true],
    ]
    for (const each of cases) {
      it(JSON.stringify(title(each)), () => {
        const [list, url, direct] = each
        expect(isDirect(new URL(url), list)).to.equal(direct)
      })
    }
  })

  // curl stops reading the number at the x.
  it("less than curl, '10.0.0.0/8x' leaves nothing to us", () => {
    expect(isDirect(new URL('http://10.1.2.3/'), '10.0.0.0/8x')).to.equal(false)
  })
})
