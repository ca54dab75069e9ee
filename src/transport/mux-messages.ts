/** The messages of a channel (RFC 4254, section 9). */
export const Message = {
  open: 90,
  openConfirmation: 91,
  openFailure: 92,
  windowAdjust: 93,
  data: 94,
  extendedData: 95,
  eof: 96,
  close: 97,
  request: 98,
  success: 99,
  failure: 100,
} as const
export type Message = (typeof Message)[keyof typeof Message]
