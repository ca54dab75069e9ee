/**
 * A variable whose value depends on something that has not happened yet: a result to be registered, facts to be
 * gathered. Whoever meets it waits for that; it is no mistake.
 */
export class NotYetKnown extends Error {
  constructor(name: string) {
    super(`'${name}' is not known yet`)
    this.name = 'NotYetKnown'
  }
}
