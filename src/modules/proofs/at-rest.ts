import { lines, nothing, type Script, sh } from '../../shell/script.ts'
import { rsyslogFiles } from '../facts/rsyslog-probe.ts'
import { certificateFault } from '../paths/certificates.ts'
import { certificatesIn, daysLeft, endsSoon, firstToEnd } from '../tls/certificates.ts'
import { complaintsScript } from './complaints.ts'
import { failed, type Proof, proven, unproven } from './proof.ts'
import { ownRsyslogds } from './rsyslogd.ts'

export interface AtRest {
  readonly version: string | undefined
  readonly drivers: readonly string[]
  /** What rsyslogd says of its configuration; undefined: it takes it. */
  readonly complaint: string | undefined
  readonly running: boolean
  readonly configured: boolean
  /** Whether it is a file that rsyslogd reads. */
  readonly read: boolean
  /** What the configuration should say, and does not. */
  readonly unsaid: readonly string[]
  /** Text of the CA file; undefined where there is none. */
  readonly ca: string | undefined
}

export interface Installed {
  /** rsyslog's modules without their ending: `lmnsd_gtls`. */
  readonly drivers: readonly string[]
  readonly config: string
  /** What is written in it. */
  readonly texts: readonly string[]
  /** The intake key that is in it. */
  readonly key?: string | undefined
  readonly ca: string
}

/** A read-only script: what is installed and configured. */
export function atRestScript({ drivers, config, texts, key, ca }: Installed): Script {
  return lines(
    sh`_d=$(command -v rsyslogd) || _d=
if [ -n "$_d" ]; then
  printf 'version %s\\n' "$("$_d" -v 2>/dev/null | sed -n '1s/^rsyslogd *\\([0-9.]*[0-9]\\).*/\\1/p')"
  ${complaintsScript}
fi
for _m in ${[...drivers]}; do
  for _f in /usr/lib*/rsyslog/"$_m".so /usr/lib/*/rsyslog/"$_m".so /lib*/rsyslog/"$_m".so; do
    if [ -e "$_f" ]; then printf 'driver %s\\n' "$_m"; break; fi
  done
done
_p=$(
  ${ownRsyslogds}
)
if [ -n "$_p" ]; then echo running; fi
if [ -r ${config} ]; then
  echo configured
  for _t in ${[...texts]}; do grep -q -F -e "$_t" ${config} || printf 'unsaid %s\\n' "$_t"; done
  ${key === undefined ? nothing : otherKey(key, config)}
  _c=$(readlink -f ${config})
  {
    ${rsyslogFiles}
  } | while IFS='\t' read -r _k _f; do
    if [ "$_k" = read ] && [ "$(readlink -f "$_f")" = "$_c" ]; then echo read; break; fi
  done
fi
if [ -r ${ca} ]; then echo ca; cat ${ca}; fi`,
  )
}

/** In the shell itself: in the arguments of a program everybody could read the key. */
const otherKey = (key: string, config: string): Script => sh`case $(cat ${config}) in
  *${`intake_key=\\"${key}\\"`}*) ;;
  *) echo 'unsaid the intake key that was given' ;;
  esac`

export function readAtRest(output: string): AtRest {
  const [head = '', ...rest] = output.split(/^ca\n/m)
  const rows = head.split('\n')
  const values = (word: string) =>
    rows.filter((row) => row.startsWith(`${word} `)).map((row) => row.slice(word.length + 1))
  const [version] = values('version')
  const complaints = values('complaint')
  return {
    version,
    drivers: values('driver'),
    complaint: rows.includes('valid') ? undefined : complaints.join('; ') || 'rsyslogd does not take it',
    running: rows.includes('running'),
    configured: rows.includes('configured'),
    read: rows.includes('read'),
    unsaid: values('unsaid'),
    ca: rest.length > 0 ? rest.join('ca\n') : undefined,
  }
}

/** The proofs that need no traffic, and that of TLS, by which a bundle of CAs is judged. Pure. */
export function proveAtRest(seen: AtRest, wish: Installed, tls: Proof): readonly Proof[] {
  return [packages(seen, wish), configuration(seen, wish), ca(seen, wish, tls), tls]
}

function packages({ version, drivers }: AtRest, wish: Installed): Proof {
  if (version === undefined) return failed('packages', 'there is no rsyslogd')
  const missing = wish.drivers.filter((name) => !drivers.includes(name))
  if (missing.length > 0) return failed('packages', `rsyslog ${version} without ${missing.join(', ')}`)
  return proven('packages', `rsyslog ${version} with ${wish.drivers.join(', ')}`)
}

function configuration(
  { version, complaint, running, configured, read, unsaid }: AtRest,
  { config }: Installed,
): Proof {
  if (version === undefined) return failed('configuration', 'there is no rsyslogd')
  if (!configured) return failed('configuration', `there is no ${config}`)
  if (unsaid.length > 0) return failed('configuration', `${config} does not say ${unsaid.join(' and ')}`)
  if (complaint !== undefined) return failed('configuration', complaint)
  if (!read) return failed('configuration', `rsyslogd does not read ${config}: /etc/rsyslog.conf does not include it`)
  return running ? proven('configuration', config) : failed('configuration', 'rsyslogd does not run')
}

function ca({ ca: pem }: AtRest, wish: Installed, tls: Proof): Proof {
  if (pem === undefined) return failed('ca', `there is no ${wish.ca}`)
  const all = certificatesIn(pem)
  // Of a whole bundle one may well have ended: which of them counts is a matter of the chain.
  if (all.length > 10) {
    const bundle = `${wish.ca} is a bundle of ${all.length}`
    return tls.state === 'proven'
      ? proven('ca', `${bundle}: the intake's chain ends in one that is in date`)
      : unproven('ca', `${bundle}: which of them counts, only tls could tell`)
  }
  const fault = certificateFault(Buffer.from(pem))
  if (fault !== undefined) return failed('ca', `${wish.ca} ${fault}`)
  const first = firstToEnd(all)
  return proven('ca', endsSoon(all) ?? `${first ? daysLeft(first) : 0} days left`)
}
