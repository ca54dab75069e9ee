import { expect } from 'chai'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Family, families } from '../../../src/modules/netfilter/intent.ts'
import { type Dialect, richRules, unspeakable } from '../../../src/modules/netfilter/firewalld/rules.ts'
import { fermCannot, fermDomain } from '../../../src/modules/netfilter/iptables/ferm.ts'
import { ufwText } from '../../../src/modules/netfilter/iptables/ufw.ts'
import { savedText } from '../../../src/modules/netfilter/nftables/saved.ts'
import { type Wish, wishOf } from '../../../src/modules/netfilter/wish.ts'
import { elsewhere } from '../../../src/modules/netfilter/firewalld/rules.ts'
import { sh } from '../../../src/shell/script.ts'
import { Box, module } from './box.ts'
import { goldens, render } from './goldens.ts'

const fixtures = fileURLToPath(new URL('../../fixtures/modules/netfilter/', import.meta.url))

/** What UFW and ferm load. */
const others = {
  ufw: (wish: Wish, family: Family, sshPorts: readonly number[]) => ufwText(wish, family, sshPorts),
  ferm: (wish: Wish, family: Family, sshPorts: readonly number[]) =>
    fermCannot(wish) === undefined ? fermDomain(wish, family, sshPorts) : `refused: ${fermCannot(wish)}\n`,
}

/** An older firewalld has fewer words. */
const dialects: Readonly<Record<string, Dialect>> = {
  firewalld1: { version: [1, 3, 3], listenerTypes: false, target: 'default' },
  firewalld2: { version: [2, 3, 1], listenerTypes: true, target: 'default' },
}

const nftText = ({ args, sshPorts = [22] }: { readonly args: unknown; readonly sshPorts?: readonly number[] }) =>
  savedText(wishOf(module.args.parse(args)), sshPorts)

describe('netfilter rules as text', () => {
  for (const [name, { args, sshPorts = [22] }] of Object.entries(goldens))
    for (const [tool, render] of Object.entries(others))
      it(`${name}, ${tool}`, async () => {
        const file = `${fixtures}${name}.${tool}`
        const wish = wishOf(module.args.parse(args))
        const text = families.map((family) => render(wish, family, sshPorts)).join('')
        if (process.env['UPDATE_GOLDENS']) await writeFile(file, text)
        expect(text).to.equal(await readFile(file, 'utf8'))
      })

  for (const [name, { args, sshPorts = [22] }] of Object.entries(goldens))
    for (const [tool, dialect] of Object.entries(dialects))
      it(`${name}, ${tool}`, async () => {
        const file = `${fixtures}${name}.${tool}`
        const { intent } = wishOf(module.args.parse(args))
        const refused = elsewhere(intent) ?? unspeakable(intent, dialect)
        const text = refused ? [`refused: ${refused}`] : richRules(intent, dialect, sshPorts)
        if (process.env['UPDATE_GOLDENS']) await writeFile(file, `${text.join('\n')}\n`)
        expect(`${text.join('\n')}\n`).to.equal(await readFile(file, 'utf8'))
      })

  for (const [name, golden] of Object.entries(goldens))
    it(`${name}, nftables`, async () => {
      const file = `${fixtures}${name}.nft`
      const text = nftText(golden)
      if (process.env['UPDATE_GOLDENS']) await writeFile(file, text)
      expect(text).to.equal(await readFile(file, 'utf8'))
    })

  for (const [name, { args, sshPorts }] of Object.entries(goldens))
    for (const family of families)
      it(`${name}, ${family}`, async () => {
        const file = `${fixtures}${name}.${family}.rules`
        const text = render(args, family, sshPorts)
        if (process.env['UPDATE_GOLDENS']) await writeFile(file, text)
        expect(text).to.equal(await readFile(file, 'utf8'))
      })
})

describe("netfilter rules and the host's nft", function () {
  this.timeout(240_000)
  let box: Box
  before(async () => void (box = await Box.open()))
  after(() => box.close())

  for (const [name, golden] of Object.entries(goldens))
    it(`takes the text of ${name}`, () => box.text(sh`printf %s ${nftText(golden)} | nft -c -f -`))
})
