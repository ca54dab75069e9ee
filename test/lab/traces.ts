import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupRoot } from './cgroup.ts'
import { attemptSync } from './command.ts'
import { bridgeName, cgroupName } from './names.ts'
import { ownerOf } from './run-state.ts'

/**
 * Everything on the machine that still tells of lab `index`, looked up independently of what clears it. Nothing, when
 * somebody else's lab has taken the number in the meantime: what is there then is its own.
 */
export function tracesOf(index: number, dir: string): string[] {
  if (ownerOf(index) !== undefined) return []
  const bridge = bridgeName(index)
  const mark = new RegExp(`\\b${bridge}(p\\d+|-\\S+)?\\b|${cgroupName(index)}\\b|${dir}\\b`)
  const found: string[] = []
  const look = (what: string, lines: readonly string[]): void => {
    found.push(...lines.filter((line) => mark.test(line)).map((line) => `${what}: ${line}`))
  }
  look('link', attemptSync('ip', ['-o', 'link']).stdout.split('\n'))
  look('route', attemptSync('ip', ['route', 'show', 'table', 'all']).stdout.split('\n'))
  look('packet filter', attemptSync('nft', ['list', 'tables']).stdout.split('\n'))
  look('mount', readFileSync('/proc/self/mountinfo', 'utf8').split('\n'))
  look('cgroup', readdirSync(cgroupRoot()))
  for (const folder of ['/run/netns', '/run/systemd/nspawn/propagate']) {
    look(folder, existsSync(folder) ? readdirSync(folder) : [])
  }
  look('process', processes())
  if (existsSync(dir)) found.push(`folder: ${dir}`)
  return found
}

function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      const read = (file: string): string => {
        try {
          return readFileSync(join('/proc', pid, file), 'utf8').replaceAll('\0', ' ')
        } catch {
          return ''
        }
      }
      // One that has ended and waits for its parent to notice is none any more.
      if (/^State:\s+Z/m.test(read('status'))) return ''
      return `${pid} ${read('cmdline')} ${read('cgroup').replaceAll('\n', ' ')}`
    })
}
