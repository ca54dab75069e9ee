import { createHash, getHashes } from 'node:crypto'
import { Fault } from '../errors.ts'
import { str } from '../python/repr.ts'
import { numberOf, type PyValue } from '../values.ts'
import { filter, type FilterEntry } from './filter.ts'
import { shaCrypt } from './sha-crypt.ts'

function hash(value: PyValue, algorithm: string): string {
  if (!getHashes().includes(algorithm)) throw new Fault(`unsupported hash type ${algorithm}`)
  return createHash(algorithm).update(str(value), 'utf8').digest('hex')
}

function encodingOf(name: PyValue | undefined): BufferEncoding {
  const text = name === undefined ? 'utf-8' : str(name).toLowerCase().replaceAll('_', '-')
  if (text === 'utf-8' || text === 'utf8') return 'utf8'
  if (text === 'utf-16-le' || text === 'utf-16le') return 'utf16le'
  if (text === 'latin-1' || text === 'iso-8859-1') return 'latin1'
  if (text === 'ascii') return 'ascii'
  throw new Fault(`unknown encoding: ${text}`)
}

/** A name-based UUID (version 5) in Ansible's own name space, or in a given one. */
function uuid5(name: string, namespace: string): string {
  const hex = namespace.replace(/^urn:uuid:|[{}-]/g, '')
  if (!/^[\da-f]{32}$/i.test(hex)) throw new Fault(`Invalid value '${namespace}' for 'namespace'`)
  const bytes = createHash('sha1').update(Buffer.from(hex, 'hex')).update(name, 'utf8').digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const ansibleNamespace = '361E6D51-FAEC-444A-9079-341386DA8E2E'

function shellQuote(text: string): string {
  return text !== '' && /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`
}

/** A hash for /etc/shadow. */
function passwordHash(value: PyValue, type: string, salt: PyValue | undefined, rounds: PyValue | undefined): string {
  if (type !== 'sha512' && type !== 'sha256')
    throw new Fault(`password_hash('${type}') is not supported`, 'use sha512 or sha256')
  const given = salt === undefined || salt === null ? undefined : str(salt)
  const count = rounds === undefined || rounds === null ? undefined : (numberOf(rounds) ?? Number(str(rounds)))
  return shaCrypt(str(value), type, given, count)
}

/** Filters that encode, hash and quote text. */
export const encodeFilters: readonly FilterEntry[] = [
  filter('b64encode', ['encoding?'], (value, [encoding]) =>
    Buffer.from(str(value), encodingOf(encoding)).toString('base64'),
  ),
  filter('b64decode', ['encoding?'], (value, [encoding]) =>
    Buffer.from(str(value), 'base64').toString(encodingOf(encoding)),
  ),
  filter('hash', ['hashtype?'], (value, [algorithm]) => hash(value, algorithm === undefined ? 'sha1' : str(algorithm))),
  filter('sha1', [], (value) => hash(value, 'sha1')),
  filter('md5', [], (value) => hash(value, 'md5')),
  filter('checksum', [], (value) => hash(value, 'sha1')),
  filter('password_hash', ['hashtype?', 'salt?', 'salt_size?', 'rounds?', 'ident?'], (value, [type, salt, , rounds]) =>
    passwordHash(value, type === undefined ? 'sha512' : str(type), salt, rounds),
  ),
  filter('to_uuid', ['namespace?'], (value, [namespace]) =>
    uuid5(str(value), namespace === undefined ? ansibleNamespace : str(namespace)),
  ),
  filter('quote', [], (value) => shellQuote(value === null ? '' : str(value))),
]
