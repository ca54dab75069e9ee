/** This machine cannot carry a lab (no root, no Debian, no bridge…): a reason to skip a test, never a failure of it. */
export class LabUnavailable extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(`the lab cannot run here: ${reason}`)
    this.name = 'LabUnavailable'
    this.reason = reason
  }
}
