/** A fault that another attempt would not change. */
export class Refused extends Error {}
