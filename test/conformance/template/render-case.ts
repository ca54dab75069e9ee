import { UserError } from '../../../src/errors.ts'
import type { Value } from '../../../src/source/value.ts'
import { renderText, renderValue, test, type Scope, type TemplateContext } from '../../../src/template/render.ts'
import { type Answer, folder } from './ask.ts'
import type { Case } from './case.ts'
import { variables } from './variables.ts'

/** The variables as a scope that renders each when it is asked for. */
const scope: Scope = {
  get: (name) => {
    const raw = rawValue(name)
    return raw === undefined ? undefined : renderValue(raw, context)
  },
  raw: rawValue,
  names: () => Object.keys(variables),
}

const context: TemplateContext = { scope, searchPaths: [folder] }

function rawValue(name: string): Value | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined
}

/** What we make of a case; mistakes in a template are an answer, everything else is a bug and thrown. */
export function renderCase({ mode, template, options }: Case): Answer {
  try {
    if (mode === 'value') return { value: renderValue(template, context) }
    if (mode === 'when') return { value: test(template, context) }
    return { value: renderText(template, context, options) }
  } catch (error) {
    if (error instanceof UserError) return { error: error.message }
    throw error
  }
}
