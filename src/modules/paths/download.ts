import { UserError } from '../../errors.ts'
import { lines, sh } from '../../shell/script.ts'
import type { Controller, Download } from '../define.ts'
import { certificateFault } from './certificates.ts'
import { type Checksum, listedChecksum, readChecksum, urlName, verify } from './checksum.ts'
import { type Content, contentOf } from './content.ts'
import { fetchFunction, type HostAnswer, type HostDownload, unable } from './fetch.ts'
import { withoutPassword } from '../../download/address.ts'

/** A download and what it must be like. */
export interface Order {
  readonly download: HostDownload
  readonly checksum: Checksum | undefined
  readonly expect: 'certificate' | undefined
}

/** The checksum argument's digest, looked up where it names a list. */
export async function orderedChecksum(
  written: string | undefined,
  download: HostDownload,
  controller: Controller,
): Promise<Checksum | undefined> {
  const { algorithm, rest } = readChecksum(written ?? '') ?? {}
  if (algorithm === undefined || rest === undefined) return undefined
  if (!/^https?:/.test(rest)) return { algorithm, hex: rest }
  const list = await controller.download({ ...request(forList(download, rest)), url: rest })
  const hex = listedChecksum(list.toString(), urlName(download.url))
  if (hex !== undefined) return { algorithm, hex }
  throw new UserError(`${withoutPassword(rest)} lists no checksum for ${urlName(download.url)}`, {
    at: controller.at('checksum'),
  })
}

/** What is meant for the server of a file is no business of another one that lists its digest. */
function forList(download: HostDownload, list: string): HostDownload {
  if (URL.canParse(list) && new URL(list).origin === new URL(download.url).origin) return download
  const headers = Object.entries(download.headers ?? {}).filter(([name]) => /^user-agent$/i.test(name))
  return { ...download, user: undefined, password: undefined, headers: Object.fromEntries(headers) }
}

function request({ user, password, headers, ...download }: HostDownload): Download {
  const basic = Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64')
  return { ...download, headers: { ...headers, ...(user === undefined ? {} : { Authorization: `Basic ${basic}` }) } }
}

/** Downloads on the controller; throws UserError when it is not what was ordered. */
export async function fetched(order: Order, controller: Controller): Promise<Content> {
  return checked(order, await controller.download(request(order.download)), controller)
}

function checked({ download, checksum, expect }: Order, bytes: Buffer, controller: Controller): Content {
  if (checksum) verify(bytes, checksum, withoutPassword(download.url))
  const fault = expect === 'certificate' ? certificateFault(bytes) : undefined
  if (fault !== undefined)
    throw new UserError(`${withoutPassword(download.url)} ${fault}`, { at: controller.at('url') })
  return contentOf(bytes)
}

/**
 * What the host itself downloads. What was checked here is what is written there: a certificate goes back as it was
 * seen, anything else must have the digest that was seen or ordered.
 */
export function hostContent(order: Order, host: HostAnswer | undefined, controller: Controller): Content | undefined {
  if (!host || unable(host, order.download) !== undefined) return undefined
  if (host.text !== undefined) return checked(order, Buffer.from(host.text), controller)
  const sha256 = order.checksum?.algorithm === 'sha256' ? order.checksum.hex : host.sha256
  return { from: lines(fetchFunction(order.download), sh`fetch`), sha256, text: undefined, sum: order.checksum }
}
