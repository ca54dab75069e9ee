/** A moment on some clock; `zone` is that clock's offset and name where it is known. */
export interface BrokenDown {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** 0 is Sunday. */
  readonly weekday: number
  readonly micro: number
  readonly zone: { readonly name: string; readonly offsetMinutes: number } | undefined
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** C's strftime in the C locale. */
export function formatTime(format: string, time: BrokenDown): string {
  return format.replace(/%([-_0^#]?)([a-zA-Z%])/g, (whole: string, flag: string, directive: string) => {
    const text = field(directive, time)
    if (text === undefined) return whole
    if (flag === '-') return text.replace(/^[0 ]+(?=.)/, '')
    return flag === '^'
      ? text.toUpperCase()
      : flag === '_'
        ? text.replace(/^0+(?=.)/, (zeros) => ' '.repeat(zeros.length))
        : text
  })
}

function field(directive: string, time: BrokenDown): string | undefined {
  const two = (value: number): string => String(value).padStart(2, '0')
  const hour12 = time.hour % 12 === 0 ? 12 : time.hour % 12
  const yearDay = dayOfYear(time)
  switch (directive) {
    case 'Y':
      return String(time.year)
    case 'C':
      return two(Math.floor(time.year / 100))
    case 'y':
      return two(time.year % 100)
    case 'm':
      return two(time.month)
    case 'd':
      return two(time.day)
    case 'e':
      return String(time.day).padStart(2)
    case 'H':
      return two(time.hour)
    case 'k':
      return String(time.hour).padStart(2)
    case 'I':
      return two(hour12)
    case 'l':
      return String(hour12).padStart(2)
    case 'M':
      return two(time.minute)
    case 'S':
      return two(time.second)
    case 'f':
      return String(time.micro).padStart(6, '0')
    case 'p':
      return time.hour < 12 ? 'AM' : 'PM'
    case 'P':
      return time.hour < 12 ? 'am' : 'pm'
    case 'a':
      return (days[time.weekday] ?? '').slice(0, 3)
    case 'A':
      return days[time.weekday] ?? ''
    case 'b':
    case 'h':
      return (months[time.month - 1] ?? '').slice(0, 3)
    case 'B':
      return months[time.month - 1] ?? ''
    case 'j':
      return String(yearDay + 1).padStart(3, '0')
    case 'u':
      return String(time.weekday === 0 ? 7 : time.weekday)
    case 'w':
      return String(time.weekday)
    case 'U':
      return two(Math.floor((yearDay + 7 - time.weekday) / 7))
    case 'W':
      return two(Math.floor((yearDay + 7 - ((time.weekday + 6) % 7)) / 7))
    case 'V':
      return two(isoWeek(time).week)
    case 'G':
      return String(isoWeek(time).year)
    case 'g':
      return two(isoWeek(time).year % 100)
    case 's':
      return String(epoch(time))
    case 'z':
      return time.zone === undefined ? '' : offsetText(time.zone.offsetMinutes)
    case 'Z':
      return time.zone?.name ?? ''
    case 'D':
    case 'x':
      return `${two(time.month)}/${two(time.day)}/${two(time.year % 100)}`
    case 'F':
      return `${time.year}-${two(time.month)}-${two(time.day)}`
    case 'T':
    case 'X':
      return `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`
    case 'R':
      return `${two(time.hour)}:${two(time.minute)}`
    case 'r':
      return `${two(hour12)}:${two(time.minute)}:${two(time.second)} ${time.hour < 12 ? 'AM' : 'PM'}`
    case 'c':
      return formatTime('%a %b %e %H:%M:%S %Y', time)
    case 'n':
      return '\n'
    case 't':
      return '\t'
    case '%':
      return '%'
    default:
      return undefined
  }
}

function dayOfYear({ year, month, day }: BrokenDown): number {
  return Math.round((Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000)
}

/** The week that holds the year's first Thursday is its first. */
function isoWeek(time: BrokenDown): { year: number; week: number } {
  const thursday = new Date(Date.UTC(time.year, time.month - 1, time.day + 4 - (time.weekday === 0 ? 7 : time.weekday)))
  const start = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  return { year: thursday.getUTCFullYear(), week: Math.floor((thursday.getTime() - start) / 604_800_000) + 1 }
}

function epoch(time: BrokenDown): number {
  const utc = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second) / 1000
  return time.zone === undefined
    ? new Date(time.year, time.month - 1, time.day, time.hour, time.minute, time.second).getTime() / 1000
    : utc - time.zone.offsetMinutes * 60
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}${String(size % 60).padStart(2, '0')}`
}

/** A moment on the controller's clock, or in UTC; `seconds` since the epoch. */
export function breakDown(seconds: number, utc: boolean): BrokenDown {
  const date = new Date(Math.floor(seconds) * 1000)
  const offsetMinutes = utc ? 0 : -date.getTimezoneOffset()
  const shifted = new Date(date.getTime() + offsetMinutes * 60_000)
  const zone = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(date)
  const name = utc ? 'UTC' : (zone.find(({ type }) => type === 'timeZoneName')?.value ?? '')
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    weekday: shifted.getUTCDay(),
    micro: 0,
    zone: { name, offsetMinutes },
  }
}
