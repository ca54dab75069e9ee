import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { inDir } from '../../support/law-fixture.ts'
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
  const output = execFileSync('find', ['.', '-printf', '%p %y %m %U:%G %l\n'], { cwd: dir, encoding: 'latin1' })
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !isBackup(name) && statSync(join(dir, name), { throwIfNoEntry: false })?.isFile(),
  )
  return {
    listing: output
      .split('\n')
      .filter((line) => line !== '' && !/~ \S \d+ \S+ /.test(line))
      .map((line) => line.trimEnd())
      .sort(),
    files: Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(dir, name), 'latin1')])),
  }
}
