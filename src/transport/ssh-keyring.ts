import type { ParsedKey } from 'ssh2'
import { type AgentKeys, listAgentKeys } from './ssh-agent.ts'
import { type KeyFile, readKeyFile, unlockKey } from './ssh-keys.ts'
import type { Ssh2 } from './ssh2.ts'
import { type Target, Unreachable } from './transport.ts'

/** The keys of a run: every file read once, every passphrase asked once, every agent listed once, for all hosts. */
export interface Keyring {
  /** @throws Unreachable when it is missing, unreadable, open to others, or no key */
  file(path: string): Promise<KeyFile>
  /** @throws Unreachable when nobody can be asked, or the answer is wrong */
  unlock(path: string, ask: Target['passphrase']): Promise<ParsedKey>
  agent(socketPath: string): Promise<AgentKeys>
}

/** How long an agent may take to list its keys, in milliseconds. */
const agentPatience = 10_000

export function openKeyring(ssh2: Ssh2): Keyring {
  const files = new Map<string, Promise<KeyFile>>()
  const unlocked = new Map<string, Promise<ParsedKey>>()
  const agents = new Map<string, Promise<AgentKeys>>()
  const file = (path: string) => remember(files, path, () => readKeyFile(path, ssh2.parseKey))

  return {
    file,
    unlock(path, ask) {
      if (ask === undefined) return Promise.reject(nobody(path))
      return remember(unlocked, path, async () => {
        const content = await file(path)
        if (content.kind !== 'locked') return content.key
        const passphrase = await ask(path)
        if (passphrase === undefined) throw nobody(path)
        return unlockKey(path, content.text, passphrase, ssh2.parseKey)
      })
    },
    agent: (socketPath) => remember(agents, socketPath, () => listAgentKeys(ssh2, socketPath, agentPatience)),
  }
}

function nobody(path: string): Unreachable {
  return new Unreachable(
    'login',
    `the key file ${path} is encrypted and nobody is there to ask for its passphrase`,
    `load it into an agent first: ssh-add ${path}`,
  )
}

function remember<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const before = known.get(key)
  if (before !== undefined) return before
  const made = make()
  known.set(key, made)
  return made
}
