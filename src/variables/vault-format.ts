import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'

/** What a vault's text holds before any password is involved. */
export interface Sealed {
  readonly id: string
  readonly salt: Buffer
  readonly hmac: Buffer
  readonly ciphertext: Buffer
}

export const VAULT_HEADER = '$ANSIBLE_VAULT;'
const LINE_WIDTH = 80
const DEFAULT_ID = 'default'

/**
 * Header `$ANSIBLE_VAULT;VERSION;CIPHER[;ID]`, then lines of hex; decoded once they are salt, HMAC and ciphertext,
 * each of them hex again, on lines of their own.
 */
export function parseEnvelope(text: string, at?: Position): Sealed {
  const [header = '', ...lines] = text.trim().split(/\r?\n/)
  if (!header.startsWith(VAULT_HEADER)) throw damaged('it does not begin with $ANSIBLE_VAULT', at)
  const [, version = '', cipher = '', id = DEFAULT_ID] = header.trim().split(';')
  if (version !== '1.1' && version !== '1.2')
    throw new UserError(`vault format ${version} is not supported, only 1.1 and 1.2`, {
      at,
      hint: 'ansible-vault rekey rewrites old vaults',
    })
  if (cipher !== 'AES256') throw new UserError(`the vault cipher ${cipher} is not supported, only AES256`, { at })
  const body = unhex(lines.map((line) => line.trim()).join(''), at).toString('latin1')
  const [salt, hmac, ciphertext, ...rest] = body.split('\n')
  if (salt === undefined || hmac === undefined || ciphertext === undefined || rest.length > 0)
    throw damaged('it does not consist of salt, HMAC and ciphertext', at)
  return {
    id: version === '1.2' ? id : DEFAULT_ID,
    salt: unhex(salt, at),
    hmac: unhex(hmac, at),
    ciphertext: unhex(ciphertext, at),
  }
}

export function formatEnvelope({ id, salt, hmac, ciphertext }: Sealed): string {
  const header = id === DEFAULT_ID ? `${VAULT_HEADER}1.1;AES256` : `${VAULT_HEADER}1.2;AES256;${id}`
  const body = Buffer.from([salt, hmac, ciphertext].map((part) => part.toString('hex')).join('\n')).toString('hex')
  const lines = body.match(new RegExp(`.{1,${LINE_WIDTH}}`, 'g')) ?? []
  return `${[header, ...lines].join('\n')}\n`
}

function unhex(text: string, at: Position | undefined): Buffer {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) throw damaged('it holds something other than hex digits', at)
  return Buffer.from(text, 'hex')
}

function damaged(reason: string, at: Position | undefined): UserError {
  return new UserError(`this vault text is damaged: ${reason}`, { at, hint: 'copy it again, line by line as it was' })
}
