import type { Mapping } from '../../source/value.ts'
import { flagNames } from './flags.ts'
import { octal } from './mode.ts'
import type { Fields } from './record.ts'

export const statFormat = '%f:%u:%g:%s:%h:%i:%d:%X:%Y:%Z:%b:%o:%t:%T:%U:%G'

export const kinds = {
  isfifo: 0o1,
  ischr: 0o2,
  isdir: 0o4,
  isblk: 0o6,
  isreg: 0o10,
  islnk: 0o12,
  issock: 0o14,
} as const
const permissions = {
  rusr: 0o400,
  wusr: 0o200,
  xusr: 0o100,
  rgrp: 0o40,
  wgrp: 0o20,
  xgrp: 0o10,
  roth: 0o4,
  woth: 0o2,
  xoth: 0o1,
  isuid: 0o4000,
  isgid: 0o2000,
} as const

/** The fields that a type and its permissions decide. */
export function modeFields(raw: number): Mapping {
  return {
    mode: octal(raw & 0o7777),
    ...Object.fromEntries(Object.entries(kinds).map(([field, kind]) => [field, raw >> 12 === kind])),
    ...Object.fromEntries(Object.entries(permissions).map(([field, bit]) => [field, (raw & bit) !== 0])),
  }
}

/** Ansible's `stat` dictionary of a path that exists. */
export function statFields(
  is: string,
  fields: Fields,
  path: string,
  { mime, flags }: { mime: boolean; flags: boolean },
): Mapping {
  const [
    raw = '',
    uid,
    gid,
    size,
    nlink,
    inode,
    dev,
    atime,
    mtime,
    ctime,
    blocks,
    block,
    major = '',
    minor = '',
    user = '',
    group = '',
  ] = is.split(':')
  const named = (field: string, name: string): Mapping => (name === '' || name === 'UNKNOWN' ? {} : { [field]: name })
  return {
    exists: true,
    path: fields.get('path') ?? path,
    ...modeFields(parseInt(raw, 16)),
    uid: Number(uid),
    gid: Number(gid),
    ...named('pw_name', user),
    ...named('gr_name', group),
    size: Number(size),
    inode: Number(inode),
    dev: Number(dev),
    nlink: Number(nlink),
    atime: Number(atime),
    mtime: Number(mtime),
    ctime: Number(ctime),
    blocks: Number(blocks),
    block_size: Number(block),
    device_type: parseInt(major, 16) * 256 + parseInt(minor, 16),
    readable: fields.has('readable'),
    writeable: fields.has('writeable'),
    executable: fields.has('executable'),
    ...(fields.has('target') ? { lnk_target: fields.get('target') ?? '', lnk_source: fields.get('source') ?? '' } : {}),
    ...contentFields(fields, mime, flags),
  }
}

function contentFields(fields: Fields, mime: boolean, flags: boolean): Mapping {
  const [sum] = (fields.get('sum') ?? '').split(' ')
  const [, mimetype = 'unknown', charset = 'unknown'] = /^(\S+); charset=(\S+)$/.exec(fields.get('mime') ?? '') ?? []
  const [, version, letters = ''] = /^\s*(\d+)\s+(\S+)/.exec(fields.get('flags') ?? '') ?? []
  const attr_flags = letters.replaceAll('-', '')
  return {
    ...(sum ? { checksum: sum } : {}),
    ...(mime ? { mimetype, charset } : {}),
    ...(flags ? { version: version ?? null, attr_flags, attributes: flagNames(attr_flags) } : {}),
  }
}
