import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Controller, StateModule } from '../../src/modules/define.ts'
import type { Script } from '../../src/shell/script.ts'
import { lines, sh } from '../../src/shell/script.ts'
import { inDir, type LawCase } from './law-fixture.ts'
import { testController } from './modules.ts'
import { tree } from './tree.ts'

/** A module whose scripts see only the applets of busybox, as on Alpine. */
export function withBusybox(module: StateModule, applets: string): StateModule {
  const alone = (script: Script) => lines(sh`PATH=${applets}`, script)
  return {
    ...module,
    probe: (wish) => alone(module.probe(wish)),
    apply: (wish, state, plan) => {
      const apply = module.apply(wish, state, plan)
      return { ...apply, script: alone(apply.script) }
    },
  }
}

/** A folder with a link per applet; the caller removes it. */
export function installBusybox(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-busybox-'))
  execFileSync('busybox', ['--install', '-s', folder])
  return folder
}

/** In memory where the machine has that: every write is flushed, and a disk takes its time. */
const scratch = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A fresh folder in a start state. */
export function arrange(snippet: string): string {
  const dir = mkdtempSync(join(scratch, 'sallyport-law-'))
  act(snippet, dir)
  return dir
}

/** Ordinary tools at work in a folder. */
export function act(snippet: string, dir: string): void {
  execFileSync('bash', ['-ec', inDir(snippet, dir)], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Everything about a folder that a probe must leave as it is: names, attributes, change times, contents. */
export function snapshot(dir: string): string {
  return [...tree(dir)]
    .map(({ path, type, mode, account, target, stats }) => {
      const content = type === 'f' ? digest(Buffer.from(`${dir}/${path}`, 'latin1')) : target
      return [path, type, mode, account, stats.nlink, stats.mtimeNs, stats.ctimeNs, content].join(' ')
    })
    .sort()
    .join('\n')
}

const digest = (file: Buffer): string => createHash('sha256').update(readFileSync(file)).digest('hex')

/** Names, attributes and contents without backups, as find and sha256sum print them: two applies that do the same give equal ones. */
export function outcome(dir: string): string {
  const script = `find . ! -name '*~' -printf '%p %y %m %U %G %l\\n' | sort; find . -type f ! -name '*~' -exec sha256sum {} + | sort`
  return execFileSync('bash', ['-c', script], { cwd: dir, encoding: 'utf8' })
}

/** The controller of a case: its files and downloads, found by their names. */
export function caseController({ files = {}, downloads = {} }: LawCase, dir: string): Controller {
  const folder = join(dir, '..', `${basename(dir)}-controller`)
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), inDir(text, dir))
  return testController({
    find: (_kind, path) => join(folder, path),
    download: ({ url }) => {
      const text = downloads[url]
      return text === undefined ? Promise.reject(new Error(`nothing at ${url}`)) : Promise.resolve(Buffer.from(text))
    },
  })
}

export function cleanUp(dir: string): void {
  rmSync(dir, { recursive: true, force: true })
  rmSync(`${dir}-controller`, { recursive: true, force: true })
}
