import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { tmpdir } from 'node:os'
import { inDir } from '../../support/law-fixture.ts'
import { tree } from '../../support/tree.ts'
import type { Answer, Case } from './case.ts'

/** A fresh folder in a case's start state. */
export function folderOf({ start = {}, arrange }: Case): string {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-conformance-'))
  for (const [name, text] of Object.entries(start)) writeFileSync(join(dir, name), Buffer.from(text, 'latin1'))
  if (arrange !== undefined) execFileSync('sh', ['-ec', inDir(arrange, dir)], { cwd: dir })
  return dir
}

/** Backups have the time in their names. */
const isBackup = (name: string): boolean => name.endsWith('~')

export function outcomeOf(dir: string): Pick<Answer, 'listing' | 'files'> {
  const all = [...tree(dir)].filter(({ path }) => !isBackup(path))
  return {
    listing: all.map((one) => `${one.path} ${one.type} ${one.mode} ${one.account} ${one.target}`.trimEnd()).sort(),
    files: Object.fromEntries(
      all
        .map(({ path }) => join(dir, Buffer.from(path, 'latin1').toString()))
        .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
        .map((path) => [relative(dir, path), readFileSync(path, 'latin1')] as const)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    ),
  }
}
