const definedTest = /(hostvars\[.+\]|\w+)\s+(not\s+is|is|is\s+not)\s+(defined|undefined)/g
const undefinedName = /'(hostvars\[.+\]|\w+)' is undefined/

/**
 * Ansible's rescue for a condition that failed on an undefined variable: if the condition also asks whether that very
 * variable is defined, that question decides. Undefined: it does not ask.
 */
export function rescue(condition: string, message: string): boolean | undefined {
  const name = undefinedName.exec(message)?.[1]?.replaceAll("'", '"')
  if (name === undefined) return undefined
  for (const [, asked = '', logic = '', state = ''] of condition.matchAll(definedTest)) {
    if (asked.replaceAll("'", '"') !== name) continue
    const shouldExist = logic.includes('not') !== (state === 'defined')
    return !shouldExist
  }
  return undefined
}
