import { parse } from 'node:path/posix'

/** The variable that names the file which a text would make if a shell ever read it as code. */
export const trap = 'SALLYPORT_CANARY'

const touch = `touch "$${trap}"`

/** One text with everything in it that a careless script gets wrong. */
export const everything = `it's "$(${touch})" \`${touch}\` ; ${touch} & %s%n \\n été 🔑\n${touch}\n#'"\\`

export const canaries: readonly string[] = [
  everything,
  `$(${touch})`,
  `trailing \\`,
  `\`${touch}\``,
  `'; ${touch}; '`,
  `"; ${touch}; "`,
  `\n${touch}\n`,
  `x|${touch}`,
  `x && ${touch}`,
  `>"$${trap}"`,
  `) ; ${touch} ; (`,
  `-n $(${touch})`,
  `--help`,
  `%s %n %d %%`,
  `été 日本語 🔑`,
]

/** A canary in the forms that some argument may insist on: a path, an address, a text with what it must contain. */
export function forms(canary: string, present: unknown): string[] {
  const like = typeof present === 'string' ? [`${present}${canary}`, `${parse(present).dir}/${canary}`] : []
  return [canary, `/${canary}`, ...like, `http://127.0.0.1:9/${canary}`, `true %s ${canary}`, `sha256:${canary}`]
}
