import { Fault } from '../errors.ts'

export type VersionType = 'loose' | 'strict' | 'semver' | 'pep440'

/** The order of two version numbers: negative, zero or positive. Throws `Fault` where they have none. */
export function compareVersions(a: string, b: string, type: VersionType): number {
  switch (type) {
    case 'loose':
      return compareParts(looseParts(a), looseParts(b))
    case 'strict':
      return compareParts(strictParts(a), strictParts(b))
    case 'semver':
      return compareSemver(a, b)
    case 'pep440':
      return compareParts(pep440Parts(a), pep440Parts(b))
  }
}

type Part = number | string

/** Runs of digits, runs of letters, everything between dots; as distutils' LooseVersion takes them apart. */
function looseParts(version: string): Part[] {
  return version
    .split(/(\d+|[a-z]+|\.)/)
    .filter((part) => part !== '' && part !== '.')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

function compareParts(a: readonly Part[], b: readonly Part[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index]
    if (right === undefined) return 1
    if (left === right) continue
    if (typeof left !== typeof right)
      throw new Fault(
        `Version comparison failed: '<' not supported between instances of '${pythonType(left)}' and '${pythonType(right)}'`,
      )
    return left < right ? -1 : 1
  }
  return a.length - b.length
}

function pythonType(part: Part): string {
  return typeof part === 'number' ? 'int' : 'str'
}

function strictParts(version: string): Part[] {
  const found = /^(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?$/.exec(version)
  if (found === null) throw new Fault(`Version comparison failed: invalid version number '${version}'`)
  const [, major, minor, patch = '0', stage = 'z', number = '0'] = found
  // A final release comes after its alphas and betas.
  return [Number(major), Number(minor), Number(patch), stage, Number(number)]
}

const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*))?(?:\+[\da-zA-Z-]+(?:\.[\da-zA-Z-]+)*)?$/

function compareSemver(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => {
    const found = semver.exec(version)
    if (found === null) throw new Fault(`Version comparison failed: invalid semantic version '${version}'`)
    return { core: found.slice(1, 4).map(Number), pre: found[4]?.split('.') }
  })
  if (left === undefined || right === undefined) return 0
  const core = compareParts(left.core, right.core)
  if (core !== 0) return core
  if (left.pre === undefined || right.pre === undefined)
    return Number(left.pre === undefined) - Number(right.pre === undefined)
  for (const [index, part] of left.pre.entries()) {
    const other = right.pre[index]
    if (other === undefined) return 1
    if (part === other) continue
    const [number, otherNumber] = [/^\d+$/.test(part), /^\d+$/.test(other)]
    if (number && otherNumber) return Number(part) - Number(other)
    // Numbers come before words.
    return number !== otherNumber ? (number ? -1 : 1) : part < other ? -1 : 1
  }
  return left.pre.length - right.pre.length
}

/** PEP 440 as a list that compares: epoch, release, then what comes before or after it. */
function pep440Parts(version: string): Part[] {
  const found =
    /^\s*v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(?:post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z\d]+(?:[-_.][a-z\d]+)*))?\s*$/i.exec(
      version,
    )
  if (found === null) throw new Fault(`Version comparison failed: Invalid version: '${version}'`)
  const [, epoch = '0', release = '', stage, stageNumber = '', implicitPost, post, dev, devNumber = ''] = found
  const numbers = release.split('.').map(Number)
  while (numbers.length < 6) numbers.push(0)
  const hasPost = implicitPost !== undefined || post !== undefined
  const rank = stage === undefined ? (dev !== undefined && !hasPost ? 0 : 4) : stageRank(stage)
  const postRank = hasPost ? Number(implicitPost ?? (post === '' ? '0' : post)) + 1 : 0
  const devRank = dev === undefined ? Infinity : Number(devNumber || '0')
  return [Number(epoch), ...numbers, rank, Number(stageNumber || '0'), postRank, devRank]
}

function stageRank(stage: string): number {
  const letter = stage.toLowerCase()
  return letter.startsWith('a') ? 1 : letter.startsWith('b') ? 2 : 3
}
