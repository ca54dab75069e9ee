import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.ts'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

export interface CertificateRequest {
  /** The common name. */
  readonly name: string
  /** As openssl.cnf has it (`DNS:a.example, IP:192.0.2.1`). Default: `name` as a DNS name. */
  readonly alternatives?: string
  /** In days from now; a negative `to` makes one that has expired. */
  readonly from?: number
  readonly to?: number
}

const CONFIG = `
[ca]
default_ca = lab
[lab]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
unique_subject = no
policy = anything
[anything]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[ca_extensions]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server_extensions]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = \${ENV::SAN}
`

const stamp = (days: number): string =>
  new Date(Date.now() + days * 86_400_000)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')
    .replace(/^(\d+)Z?$/, '$1Z')

/** A certificate authority of the lab, made with the openssl command in a folder of its own. */
export class CertificateAuthority {
  readonly #folder: string
  readonly #name: string
  readonly pem: string
  #made = 0

  private constructor(folder: string, name: string, pem: string) {
    this.#folder = folder
    this.#name = name
    this.pem = pem
  }

  /** Its own certificate ends in `days` from now. */
  static async create(folder: string, name: string, days = 90): Promise<CertificateAuthority> {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'openssl.cnf'), CONFIG)
    await writeFile(join(folder, 'index.txt'), '')
    await openssl(folder, ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', join(folder, 'ca.key')])
    await openssl(folder, [
      ...[
        'req',
        '-new',
        '-x509',
        '-key',
        join(folder, 'ca.key'),
        '-out',
        join(folder, 'ca.pem'),
        '-days',
        String(days),
      ],
      ...['-subj', `/CN=${name}`, '-config', join(folder, 'openssl.cnf'), '-extensions', 'ca_extensions'],
    ])
    return new CertificateAuthority(folder, name, await readFile(join(folder, 'ca.pem'), 'utf8'))
  }

  /** A server certificate. */
  async issue(request: CertificateRequest, selfSigned = false): Promise<Certificate> {
    const stem = join(this.#folder, `server${this.#made++}`)
    await openssl(this.#folder, ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${stem}.key`])
    const signer = selfSigned ? ['-selfsign', '-keyfile', `${stem}.key`] : this.#signer
    await this.#sign(stem, `${stem}.key`, request, [...signer, '-extensions', 'server_extensions'])
    return { key: await readFile(`${stem}.key`, 'utf8'), cert: await readFile(`${stem}.pem`, 'utf8') }
  }

  /** A certificate of another authority, same name and same key, for those who trust only this one. */
  async crossSign(other: CertificateAuthority, dates: Pick<CertificateRequest, 'from' | 'to'>): Promise<string> {
    const stem = join(this.#folder, `cross${this.#made++}`)
    const request = { ...dates, name: other.#name }
    await this.#sign(stem, join(other.#folder, 'ca.key'), request, [...this.#signer, '-extensions', 'ca_extensions'])
    return readFile(`${stem}.pem`, 'utf8')
  }

  get #signer(): readonly string[] {
    return ['-cert', join(this.#folder, 'ca.pem'), '-keyfile', join(this.#folder, 'ca.key')]
  }

  async #sign(stem: string, key: string, request: CertificateRequest, how: readonly string[]): Promise<void> {
    const config = ['-config', join(this.#folder, 'openssl.cnf')]
    const subject = ['-new', '-key', key, '-subj', `/CN=${request.name}`, '-out', `${stem}.csr`]
    await openssl(this.#folder, ['req', ...subject, ...config])
    const dates = ['-startdate', stamp(request.from ?? -1), '-enddate', stamp(request.to ?? 60)]
    const files = ['-in', `${stem}.csr`, '-out', `${stem}.pem`]
    await openssl(
      this.#folder,
      ['ca', '-batch', '-notext', ...config, ...how, ...dates, ...files],
      request.alternatives ?? `DNS:${request.name}`,
    )
  }
}

// `database` and `new_certs_dir` of the configuration are relative: the command runs in the authority's folder.
async function openssl(folder: string, args: readonly string[], alternatives = 'DNS:unused'): Promise<void> {
  const env = { ...process.env, SAN: alternatives, LC_ALL: 'C' }
  await run('sh', ['-c', 'cd "$1" && shift && exec openssl "$@"', 'sh', folder, ...args], { env })
}
