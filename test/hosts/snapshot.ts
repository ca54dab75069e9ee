import type { LabHost } from '../lab/lab.ts'

/**
 * A host as seen from outside Sallyport: files (with content), rules and processes. What logging in leaves by itself
 * (login records, the journal, runtime folders of sessions, sudo's mark in the home) is left out.
 */
export async function snapshot(host: LabHost): Promise<Readonly<Record<string, string>>> {
  const script = `
find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/log \\
  -o -path /var/lib/systemd -o -path '/root/.cache' -o -name .sudo_as_admin_successful \\) -prune -o -type f -printf '%p %m %u:%g %s %T@\\n' -o -type l -printf '%p -> %l\\n' | sort
echo ==rules
for tool in iptables-save ip6tables-save; do command -v $tool >/dev/null && $tool | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'; done
echo ==processes
ps -eo args= 2>/dev/null | grep -vE 'sshd|^ps |^sh|^bash|systemd|\\(sd-pam\\)|agetty|grep|sort|find|sed' | sort
echo ==runtime
find /run/sallyport* 2>/dev/null | sort
`
  const { stdout } = await host.exec(script)
  const [files = '', rules = '', processes = '', runtime = ''] = stdout.split(/==\w+\n/)
  return { files, rules, processes, runtime }
}

/** The lines that only one of two snapshots has, with `-` for the earlier one and `+` for the later. */
export function difference(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.keys(before).flatMap((part) => {
    const one = new Set(before[part]?.split('\n'))
    const other = new Set(after[part]?.split('\n'))
    return [
      ...[...one].filter((line) => !other.has(line)).map((line) => `- ${line}`),
      ...[...other].filter((line) => !one.has(line)).map((line) => `+ ${line}`),
    ]
  })
}
