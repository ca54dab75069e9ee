import { execFileSync, spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** A real terminal of a known size: what a person would see, without a person. */
export interface Pane {
  /** The screen's lines, empty ones at the end left out; `all`: with what has scrolled away. */
  lines(options?: { readonly all?: boolean; readonly colors?: boolean }): string[]
  /** Waits until the screen satisfies, for a minute at most, and gives its lines. */
  until(satisfied: (lines: readonly string[]) => boolean): Promise<string[]>
  resize(columns: number): void
  send(key: string): void
  cursorShown(): boolean
  close(): void
}

export function tmuxMissing(): string | undefined {
  return spawnSync('tmux', ['-V']).status === 0 ? undefined : 'tmux is not installed (Debian package tmux)'
}

let panes = 0

/** Runs a shell command in a terminal of its own; the terminal stays when the command has ended. */
export function openPane(command: string, env: NodeJS.ProcessEnv = {}): Pane {
  panes += 1
  // A server of its own: other people's sessions and their configuration are none of our business.
  const socket = `sallyport-${process.pid}-${panes}`
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' })
  const variables = Object.entries({ LC_ALL: 'C.UTF-8', ...env }).map(([key, value]) => `${key}=${value}`)
  // The trap keeps this shell alive through a Ctrl-C; the command itself gets it as ever.
  const shell = `trap : INT; env -u CI -u NO_COLOR -u FORCE_COLOR ${variables.join(' ')} ${command}; exec sleep 600`
  tmux('new-session', '-d', '-x', '80', '-y', '24', shell)

  const lines: Pane['lines'] = (options = {}) => {
    const args = [...(options.all ? ['-S', '-'] : []), ...(options.colors ? ['-e'] : [])]
    const text = tmux('capture-pane', '-p', ...args)
    return text.replace(/\n+$/, '').split('\n')
  }
  return {
    lines,
    async until(satisfied) {
      const deadline = Date.now() + 60_000
      for (;;) {
        const now = lines()
        if (satisfied(now)) return now
        if (Date.now() > deadline) throw new Error(`the screen never came to it:\n${now.join('\n')}`)
        await sleep(50)
      }
    },
    resize: (columns) => void tmux('resize-window', '-x', String(columns), '-y', '24'),
    send: (key) => void tmux('send-keys', key),
    cursorShown: () => tmux('display-message', '-p', '#{cursor_flag}').trim() === '1',
    close: () => void spawnSync('tmux', ['-L', socket, 'kill-server']),
  }
}
