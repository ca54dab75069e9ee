/**
 * What the protocol itself costs in Node: one login and one script of five read-only commands on every host, and nothing
 * of Sallyport. Called with a private key and `host=base64 of its public host key` for each host.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import ssh2 from 'ssh2'

const [keyFile, ...hosts] = process.argv.slice(2)
const privateKey = readFileSync(keyFile)
const script =
  'dpkg-query -W rsyslog; iptables-save | wc -l; cat /etc/os-release; systemctl is-active rsyslog; ls /etc/rsyslog.d\n'

await Promise.all(
  hosts.map(async (host) => {
    const [address, known] = host.split(/=(.*)/s)
    const client = new ssh2.Client()
    await new Promise((resolve, reject) => {
      client.once('ready', resolve).once('error', reject)
      client.connect({
        sock: connect({ host: address, port: 22, noDelay: true }),
        username: 'root',
        privateKey,
        authHandler: ['publickey'],
        hostVerifier: (key) => key.toString('base64') === known,
      })
    })
    await new Promise((resolve, reject) => {
      client.exec('sh', (error, channel) => {
        if (error) return reject(error)
        channel.on('data', () => undefined).once('close', resolve)
        channel.stderr.resume()
        channel.end(script)
      })
    })
    client.end()
  }),
)
