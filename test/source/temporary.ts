import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Files by their path; one that begins with `#!` is made executable. */
export type Files = Readonly<Record<string, string>>

const created: string[] = []

/** A new folder with these files in it. It is removed when the tests are over. */
export function folderWith(files: Files): string {
  if (created.length === 0) process.once('exit', removeAll)
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  created.push(folder)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
    if (content.startsWith('#!')) chmodSync(join(folder, path), 0o755)
  }
  return folder
}

function removeAll(): void {
  for (const folder of created) rmSync(folder, { recursive: true, force: true })
}
