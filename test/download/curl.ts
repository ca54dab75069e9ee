import { execFile } from 'node:child_process'

const discard = 9

/** The port at 127.0.0.1 to which curl goes first for an address, given proxies there; undefined where it asks none. */
export function proxyPortOfCurl(url: string, env: Readonly<Record<string, string>>): Promise<number | undefined> {
  // Direct ways lead to a port of this machine too, where nobody answers.
  const args = ['-q', '-sv', '--max-time', '5', '--connect-to', `::127.0.0.1:${discard}`, url]
  return new Promise((resolve, reject) => {
    execFile('curl', args, { env: { PATH: process.env['PATH'], ...env } }, (_error, _stdout, stderr) => {
      const port = Number(/^\* +Trying 127\.0\.0\.1:(\d+)/m.exec(stderr)?.[1])
      if (Number.isNaN(port)) reject(new Error(stderr))
      else resolve(port === discard ? undefined : port)
    })
  })
}
