import { isPending, pendingHolder, settle } from './confirm.ts'
import { Script, sh } from './script.ts'
import type { Step } from './protocol.ts'

/**
 * The run lock: one run at a time changes a host. It is an flock held by the session's shell, so it ends with the
 * session however that ends. Steps close the descriptor, or a daemon started by one would hold the lock for ever. A
 * change that waits for its confirmation holds the host as well, as its session may be what the change has cut; who waits
 * for such a one, and has come in, settles it.
 * Taken with the first change, in the same exchange; a re-check writes nothing and takes none.
 */
export type LockAnswer =
  | { readonly kind: 'held' }
  | { readonly kind: 'busy'; readonly holder: string }
  /** Nothing to lock with: no flock, or a user without a run directory. */
  | { readonly kind: 'unavailable' }

/** `wait` is in seconds; 0 tries once. `holder` is who the next one is told of. */
export function lockStep(holder: string, wait: number): Step {
  const take = wait > 0 ? sh`flock -w ${wait} 9` : new Script('flock -n 9')
  return {
    inSession: true,
    ...(wait > 0 && { timeout: 2 * wait + 60 }),
    script: new Script(
      `if [ "$(id -u)" = 0 ]; then _l=/run/sallyport.lock; else _l=\${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/sallyport.lock}; fi
if [ -z "$_l" ] || ! command -v flock >/dev/null || ! (umask 077; : >>"$_l") 2>/dev/null; then _sp_locked=none; printf unavailable
else exec 9<>"$_l"
if ${take.text}; then
  if ${wait > 0 ? isPending.text : 'false'}; then ${settle.text}
  fi
  _i=0; while ${isPending.text} && [ $_i -lt ${wait} ]; do _i=$((_i + 1)); sleep 1; done
  if ${isPending.text}; then exec 9>&-; printf 'busy '; ${pendingHolder.text}
  else printf '%s\\n' ${sh`${holder}`.text} >"$_l"; _sp_locked=held; printf held
  fi
else
  # whoever got it a moment ago may not have said so yet
  [ "$(cat "$_l")" = ${sh`${holder}`.text} ] || sleep 0.2 2>/dev/null || sleep 1
  printf 'busy '; cat "$_l"
fi; fi`,
    ),
  }
}

/** Lets a session change the host under the lock that another session of the same run holds. */
export const shareLockStep: Step = { inSession: true, script: new Script('_sp_locked=shared') }

export function parseLockAnswer(output: string): LockAnswer {
  if (output.startsWith('held')) return { kind: 'held' }
  if (output.startsWith('busy ')) return { kind: 'busy', holder: output.slice(5).trim() || 'another run' }
  return { kind: 'unavailable' }
}
