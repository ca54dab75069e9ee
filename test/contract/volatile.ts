/**
 * Lines of a probe that differ from one second to the next, or because the disk is read-only for the moment: taken out
 * before two outputs are compared.
 */
const volatile: Readonly<Record<string, readonly RegExp[]>> = {
  netfilter: [/^# (Generated|Completed) .*$/gm],
  // The age of the package lists.
  rsyslog_facts: [/^lists\t.*$/gm],
  apt: [/^lists\t.*$/gm],
  package: [/^lists\t.*$/gm],
  // Whether one may write is what the read-only disk changes.
  stat: [/^writeable\n/gm],
  find: [/^\/\/now .*$/gm],
  // Clocks, free memory, the shell's own process, and how each file system is mounted.
  // Numbers are set flush right.
  setup: [/ *\d+/g, /\b(rw|ro)\b/g],
}

/** When a file was last read: whoever looks changes it, the observer too. */
const accessTime = /(?<=^(?:is |\/\/)(?:[0-9a-f]+:){7})\d+/gm

/** A probe's output without what may differ between two looks at the same state. */
export function steady(module: string, output: string): string {
  return [accessTime, ...(volatile[module] ?? [])].reduce((text, pattern) => text.replace(pattern, ''), output)
}
