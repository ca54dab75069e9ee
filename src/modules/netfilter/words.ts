/** How many rules are missing and how many are too many; a rule that is there twice counts twice. */
export function comparison(live: readonly string[], wished: readonly string[]): string {
  const left = [...live]
  const missing = wished.filter((rule) => {
    const at = left.indexOf(rule)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
  const words = [
    ...(missing.length > 0 ? [`${count(missing.length, 'rule')} missing`] : []),
    ...(left.length > 0 ? [`${count(left.length, 'rule')} not wished`] : []),
  ]
  return words.length > 0 ? words.join(', ') : 'rules in another order'
}

export const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`

export const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index])
