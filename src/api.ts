/**
 * What a module of one's own in `library/`, or a file of filters in `filter_plugins/`, may import from `sallyport`: the
 * definitions the shipped modules are made with, and the one zod and `sh` that the engine knows.
 */
export { z } from 'zod'
export {
  type ActionModule,
  type Apply,
  type Change,
  type Confirmable,
  type ConfirmedParts,
  type Controller,
  type ControllerModule,
  defineAction,
  defineController,
  defineModule,
  defineSession,
  type HostSession,
  type Module,
  type ModuleDoc,
  type Plan,
  type Report,
  type SessionModule,
  type StateModule,
  type StepResult,
  type TaskContext,
} from './modules/define.ts'
export type { Effects } from './modules/effects.ts'
export { bool, hostPath, int, mode, nonEmptyText, number, secret, text, textList, withAliases } from './modules/args.ts'
export { lines, nothing, type Script, sh } from './shell/script.ts'
export type { Mapping, Value } from './source/value.ts'
export { UserError } from './errors.ts'
export { defineFilters } from './playbook/own-filters.ts'
export type { OwnFilter } from './template/filters/own.ts'
