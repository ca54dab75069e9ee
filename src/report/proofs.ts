import { proofNames, type Proof, statements } from '../modules/proofs/proof.ts'
import { printable } from './printable.ts'
import type { Theme, Tone } from './theme.ts'
import { displayWidth, padEnd } from './width.ts'

const tones: Readonly<Record<Proof['state'], Tone>> = { proven: 'good', failed: 'bad', unproven: 'maybe' }
/** Up to here every host has its row; a larger fleet shows only those with something left to look at. */
const smallFleet = 20

/** A table of hosts and proofs, what did not hold, and what holding means. */
export function proofLines(hosts: ReadonlyMap<string, readonly Proof[]>, theme: Theme): string[] {
  if (hosts.size === 0) return []
  const open = ([, proofs]: readonly [string, readonly Proof[]]): boolean =>
    proofs.some(({ state }) => state !== 'proven')
  const shown = [...hosts].filter((row) => hosts.size <= smallFleet || open(row))
  const names = proofNames.filter((name) => [...hosts.values()].some((all) => all.some(({ proof }) => proof === name)))
  const width = Math.max(4, ...shown.map(([host]) => displayWidth(printable(host))))
  const widths = names.map((name) => Math.max(8, name.length) + 2)
  const rows = shown.map(([host, proofs]) => {
    const cells = names.map((name, at) => {
      const state = proofs.find(({ proof }) => proof === name)?.state
      return state === undefined
        ? padEnd('', widths[at] ?? 0)
        : theme.paint(tones[state], padEnd(state, widths[at] ?? 0))
    })
    return `  ${padEnd(printable(host), width)}  ${cells.join('')}`
  })
  const head = `  ${padEnd('host', width)}  ${names.map((name, at) => padEnd(name, widths[at] ?? 0)).join('')}`
  const left = shown.flatMap(([host, proofs]) =>
    proofs
      .filter(({ state }) => state !== 'proven')
      .map(
        ({ proof, state, detail }) =>
          `  ${printable(host)}  ${theme.paint(tones[state], state)}  ${proof}: ${printable(detail)}`,
      ),
  )
  const meaning = names.map((name) => {
    const { proves, not } = statements[name]
    return theme.paint('quiet', `  ${padEnd(name, 14)} ${proves}; not ${not}`)
  })
  const calm = hosts.size - shown.length
  return [
    theme.paint('strong', 'PROOFS'),
    '',
    theme.paint('quiet', head),
    ...rows,
    ...(calm > 0 ? [theme.paint('quiet', `  and ${calm} with every proof`)] : []),
    ...(left.length > 0 ? ['', ...left] : []),
    '',
    theme.paint('quiet', 'What they prove:'),
    ...meaning,
  ]
}
