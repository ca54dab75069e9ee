import { failUndefined, Fault, UndefinedVariable } from '../errors.ts'
import { equal } from './compare.ts'
import {
  isList,
  isPlainMapping,
  numberOf,
  type PlainMapping,
  PyDict,
  PyFloat,
  PyTuple,
  type PyValue,
  typeName,
  Undefined,
} from '../values.ts'

export type Dict = PlainMapping | PyDict

/**
 * The value under a key, or undefined. A number also finds its decimal text: a mapping from YAML or JSON has only text
 * keys here, where Ansible keeps `8080:` an int.
 */
export function dictGet(dict: Dict, key: PyValue): PyValue | undefined {
  if (dict instanceof PyDict) {
    const found = dictKey(dict, key)
    return found === undefined ? undefined : dict.entries.get(found)
  }
  const name = plainKey(key)
  return name !== undefined && Object.hasOwn(dict, name) ? plainItem(dict, name) : undefined
}

/** Python's `key in dict`; throws for a key that no dict could have. */
export function dictHas(dict: Dict, key: PyValue): boolean {
  requireHashable(key)
  if (dict instanceof PyDict) return dictKey(dict, key) !== undefined
  const name = plainKey(key)
  return name !== undefined && Object.hasOwn(dict, name)
}

export function dictKeys(dict: Dict): PyValue[] {
  return dict instanceof PyDict ? [...dict.entries.keys()] : Object.keys(dict)
}

export function dictValues(dict: Dict): PyValue[] {
  return dict instanceof PyDict ? [...dict.entries.values()] : Object.keys(dict).map((key) => plainItem(dict, key))
}

export function dictEntries(dict: Dict): (readonly [PyValue, PyValue])[] {
  return dict instanceof PyDict
    ? [...dict.entries]
    : Object.keys(dict).map((key) => [key, plainItem(dict, key)] as const)
}

export function dictSize(dict: Dict): number {
  return dict instanceof PyDict ? dict.entries.size : Object.keys(dict).length
}

export function dictSet(dict: PyDict, key: PyValue, value: PyValue): void {
  requireHashable(key)
  dict.entries.set(dictKey(dict, key) ?? canonicalKey(key), value)
}

export function dictDelete(dict: PyDict, key: PyValue): void {
  const found = dictKey(dict, key)
  if (found !== undefined) dict.entries.delete(found)
}

/** A variable (in `vars`, in `hostvars`) whose own template is undefined is undefined until it is used. */
function plainItem(dict: PlainMapping, key: string): PyValue {
  try {
    return dict[key] ?? null
  } catch (error) {
    if (!(error instanceof UndefinedVariable)) throw error
    return new Undefined(error.message, { name: key, cause: error })
  }
}

/** The key as the dict holds it; undefined if it does not. */
function dictKey(dict: PyDict, key: PyValue): PyValue | undefined {
  const canonical = canonicalKey(key)
  if (dict.entries.has(canonical)) return canonical
  if (key instanceof PyTuple) return [...dict.entries.keys()].find((candidate) => equal(candidate, key))
  if (typeof key === 'boolean' || typeof key === 'number') {
    // Python: 1 == 1.0 == True, hence one and the same key.
    const number = numberOf(key) ?? 0
    const other = typeof key === 'boolean' ? number : number === 1 ? true : number === 0 ? false : undefined
    if (other !== undefined && dict.entries.has(other)) return other
    if (typeof key === 'number' && dict.entries.has(String(key))) return String(key)
  }
  return undefined
}

function requireHashable(key: PyValue): void {
  if (key instanceof Undefined && !key.lenient) failUndefined(key)
  if (isList(key) || isPlainMapping(key) || key instanceof PyDict)
    throw new Fault(`unhashable type: '${typeName(key)}'`)
}

function canonicalKey(key: PyValue): PyValue {
  return key instanceof PyFloat ? key.value : key
}

function plainKey(key: PyValue): string | undefined {
  if (typeof key === 'string') return key
  return typeof key === 'number' ? String(key) : undefined
}
