import { type ForwardProof, type Proof, type ProofName, proofNames, statements } from '../modules/proofs/proof.ts'
import { printable } from './printable.ts'
import type { Theme, Tone } from './theme.ts'
import { displayWidth, padEnd, wrap } from './width.ts'

export interface ProofView {
  readonly theme: Theme
  /** Left out: as wide as it needs. */
  readonly columns?: number | undefined
}

interface Row {
  readonly host: string
  readonly forward: string
  readonly proofs: readonly ForwardProof[]
}

const tones: Readonly<Record<Proof['state'], Tone>> = { proven: 'good', failed: 'bad', unproven: 'maybe' }
/** Up to here every host has its row; a larger fleet shows only those with something left to look at. */
const smallFleet = 20

/** A table of hosts, what they forward, and proofs; then what did not hold, and what holding means. */
export function proofLines(hosts: ReadonlyMap<string, readonly ForwardProof[]>, view: ProofView): string[] {
  if (hosts.size === 0) return []
  const { theme } = view
  const rows = [...hosts].flatMap(([host, proofs]) => rowsOf(host, proofs))
  const isOpen = ({ proofs }: Row): boolean => proofs.some(({ state }) => state !== 'proven')
  const shown = rows.filter((row) => hosts.size <= smallFleet || isOpen(row))
  const calm = hosts.size - new Set(shown.map(({ host }) => host)).size
  const names = proofNames.filter((name) => rows.some(({ proofs }) => proofs.some(({ proof }) => proof === name)))
  const several = new Set(rows.map(({ forward }) => forward)).size > 1
  const fit = (line: string, indent: number): string[] =>
    view.columns === undefined ? [line] : wrap(line, view.columns - 1, indent)
  const left = shown.flatMap(({ host, forward, proofs }) => {
    const subject = printable(several ? `${host}  ${forward}` : host)
    return proofs
      .filter(({ state }) => state !== 'proven')
      .flatMap(({ proof, state, detail }) =>
        fit(`  ${subject}  ${theme.paint(tones[state], state)}  ${proof}: ${printable(detail)}`, 4),
      )
  })
  const meaning = names.flatMap((name) => {
    const { proves, not } = statements[name]
    return fit(`  ${padEnd(name, 14)} ${proves}; not ${not}`, 17).map((line) => theme.paint('quiet', line))
  })
  return [
    theme.paint('strong', 'PROOFS'),
    '',
    ...table(shown, names, several, view),
    ...(someLack(shown, names)
      ? ['', theme.paint('quiet', "  - an event of these could only be made by writing into the host's logs")]
      : []),
    ...(calm > 0 ? [theme.paint('quiet', `  and ${calm} with every proof`)] : []),
    ...(left.length > 0 ? ['', ...left] : []),
    '',
    theme.paint('quiet', 'What they prove:'),
    ...meaning,
  ]
}

function rowsOf(host: string, proofs: readonly ForwardProof[]): Row[] {
  const forwards = [...new Set(proofs.map(({ forward }) => forward))]
  return forwards.map((forward) => ({ host, forward, proofs: proofs.filter((one) => one.forward === forward) }))
}

const someLack = (rows: readonly Row[], names: readonly ProofName[]): boolean =>
  rows.some(({ proofs }) => names.some((name) => !proofs.some(({ proof }) => proof === name)))

/** With marks instead of words where these would be too wide. */
function table(rows: readonly Row[], names: readonly ProofName[], several: boolean, view: ProofView): string[] {
  const { theme, columns = Infinity } = view
  const heads = ['host', ...(several ? ['forward'] : [])]
  const labels = rows.map(({ host, forward }) => [host, ...(several ? [forward] : [])].map(printable))
  const first = heads.map(
    (head, at) => Math.max(...[head, ...labels.map((row) => row[at] ?? '')].map(displayWidth)) + 2,
  )
  const words = names.map((name) => Math.max('unproven'.length, name.length) + 2)
  const last = names.at(-1) ?? ''
  const ends = [last, ...rows.flatMap(({ proofs }) => proofs.filter(({ proof }) => proof === last))].map((one) =>
    typeof one === 'string' ? one.length : one.state.length,
  )
  const sum = (widths: readonly number[]): number => widths.reduce((total, width) => total + width, 0)
  const short = 2 + sum([...first, ...words.slice(0, -1)]) + Math.max(...ends) >= columns
  const widths = short ? names.map((name) => name.length + 2) : words
  const marks = { proven: theme.symbols.ok, failed: theme.symbols.failed, unproven: '?' }
  const cell = ({ proofs }: Row, name: ProofName, width: number): string => {
    const state = proofs.find(({ proof }) => proof === name)?.state
    if (state === undefined) return theme.paint('quiet', padEnd('-', width))
    return theme.paint(tones[state], padEnd(short ? marks[state] : state, width))
  }
  const line = (start: readonly string[], rest: readonly string[]): string =>
    `  ${start.map((text, at) => padEnd(text, first[at] ?? 0)).join('')}${rest.join('')}`
  return [
    theme.paint(
      'quiet',
      line(
        heads,
        names.map((name, at) => padEnd(name, widths[at] ?? 0)),
      ),
    ),
    ...rows.map((row, at) =>
      line(
        labels[at] ?? [],
        names.map((name, column) => cell(row, name, widths[column] ?? 0)),
      ),
    ),
  ]
}
