import { connect } from 'node:net'
import type { BaseAgent, ParsedKey, SignCallback } from 'ssh2'
import type { Ssh2 } from './ssh2.ts'

/** The keys that an agent holds, or why it could not be asked. */
export type AgentKeys =
  { readonly kind: 'keys'; readonly keys: readonly ParsedKey[] } | { readonly kind: 'dead'; readonly reason: string }

/** Asks the agent for its keys. Never rejects: an agent that is gone is no error as long as another key serves. */
export async function listAgentKeys(ssh2: Ssh2, socketPath: string, timeoutMs: number): Promise<AgentKeys> {
  const reason = await unreachableReason(socketPath)
  if (reason !== undefined) return { kind: 'dead', reason }
  return new Promise((resolve) => {
    // An agent may wait for a person (a locked key store): that must not hold up the run for ever.
    const timer = setTimeout(() => resolve({ kind: 'dead', reason: 'it does not answer' }), timeoutMs)
    new ssh2.OpenSSHAgent(socketPath).getIdentities((error, keys) => {
      clearTimeout(timer)
      resolve(
        error || !keys ? { kind: 'dead', reason: error?.message ?? 'no answer' } : { kind: 'keys', keys: parsed(keys) },
      )
    })
  })
}

/**
 * An agent that shows only this key and signs with the real one. When that refuses, `onRefusal` is called instead of
 * ssh2's own way, which would end the login without saying which key it was about.
 */
export function agentWithKey(
  ssh2: Ssh2,
  socketPath: string,
  key: ParsedKey,
  onRefusal: (reason: string) => void,
): BaseAgent {
  const agent = new ssh2.OpenSSHAgent(socketPath)
  const sign = agent.sign.bind(agent)
  agent.getIdentities = (callback) => callback(undefined, [key])
  agent.sign = (key, data, options, callback?: SignCallback) =>
    sign(key, data, typeof options === 'function' ? {} : options, (error, signature) => {
      if (error) onRefusal(error.message)
      else (typeof options === 'function' ? options : callback)?.(undefined, signature)
    })
  return agent
}

function parsed(keys: readonly unknown[]): ParsedKey[] {
  return keys.filter((key): key is ParsedKey => typeof key === 'object' && key !== null && 'getPublicSSH' in key)
}

/** ssh2 says only "Failed to connect to agent"; the socket knows why. */
function unreachableReason(socketPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}
