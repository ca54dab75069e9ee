import { bind } from '../call.ts'
import { Fault } from '../errors.ts'
import { float, PyCallable, PyThing, type PyValue } from '../values.ts'
import { str } from './repr.ts'
import { type BrokenDown, formatTime } from './strftime.ts'

/**
 * A Python datetime without a time zone (what `now()` and `to_datetime` give): `seconds` is its wall clock read as if it
 * were UTC, `micro` the microseconds beyond.
 */
export class DateTime extends PyThing {
  readonly typeName = 'datetime'
  readonly seconds: number
  readonly micro: number

  constructor(seconds: number, micro = 0) {
    super()
    this.seconds = seconds
    this.micro = micro
  }

  attribute(name: string): PyValue | undefined {
    const time = this.brokenDown()
    switch (name) {
      case 'year':
      case 'month':
      case 'day':
      case 'hour':
      case 'minute':
      case 'second':
        return time[name]
      case 'microsecond':
        return this.micro
      case 'strftime':
        return new PyCallable(name, (args) => formatTime(str(bind('strftime()', ['format'], args)[0]), time))
      case 'isoformat':
        return new PyCallable(name, () => this.text().replace(' ', 'T'))
      case 'timestamp':
        return new PyCallable(name, () => float(this.localTimestamp()))
      case 'weekday':
        return new PyCallable(name, () => (time.weekday + 6) % 7)
      case 'isoweekday':
        return new PyCallable(name, () => time.weekday || 7)
      case 'date':
        return new PyCallable(name, () => new DateTime(this.seconds - (this.seconds % 86_400)))
      default:
        return undefined
    }
  }

  brokenDown(): BrokenDown {
    const date = new Date(this.seconds * 1000)
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      weekday: date.getUTCDay(),
      micro: this.micro,
      zone: undefined,
    }
  }

  /** The wall clock read in the controller's time zone. */
  localTimestamp(): number {
    const { year, month, day, hour, minute, second } = this.brokenDown()
    return new Date(year, month - 1, day, hour, minute, second).getTime() / 1000 + this.micro / 1e6
  }

  text(): string {
    const stamp = formatTime('%Y-%m-%d %H:%M:%S', this.brokenDown())
    return this.micro === 0 ? stamp : `${stamp}.${String(this.micro).padStart(6, '0')}`
  }

  override order(): number {
    return this.seconds + this.micro / 1e6
  }

  override combine(operator: '+' | '-', other: PyValue): PyValue | undefined {
    if (operator === '-' && other instanceof DateTime)
      return new TimeDelta(this.seconds - other.seconds, this.micro - other.micro)
    if (!(other instanceof TimeDelta)) return undefined
    const sign = operator === '-' ? -1 : 1
    const micro = this.micro + sign * other.micro
    return new DateTime(this.seconds + sign * other.seconds + Math.floor(micro / 1e6), ((micro % 1e6) + 1e6) % 1e6)
  }
}

/** The difference of two datetimes. */
export class TimeDelta extends PyThing {
  readonly typeName = 'timedelta'
  readonly seconds: number
  readonly micro: number

  constructor(seconds: number, micro = 0) {
    super()
    this.seconds = seconds + Math.floor(micro / 1e6)
    this.micro = ((micro % 1e6) + 1e6) % 1e6
  }

  attribute(name: string): PyValue | undefined {
    const days = Math.floor(this.seconds / 86_400)
    if (name === 'days') return days
    if (name === 'seconds') return this.seconds - days * 86_400
    if (name === 'microseconds') return this.micro
    if (name === 'total_seconds') return new PyCallable(name, () => float(this.seconds + this.micro / 1e6))
    return undefined
  }

  text(): string {
    const days = Math.floor(this.seconds / 86_400)
    const rest = this.seconds - days * 86_400
    const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60]
      .map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0')))
      .join(':')
    const fraction = this.micro === 0 ? '' : `.${String(this.micro).padStart(6, '0')}`
    return (days === 0 ? '' : `${days} day${Math.abs(days) === 1 ? '' : 's'}, `) + clock + fraction
  }

  override order(): number {
    return this.seconds + this.micro / 1e6
  }

  override truth(): boolean {
    return this.order() !== 0
  }

  override combine(operator: '+' | '-', other: PyValue): PyValue | undefined {
    if (other instanceof DateTime) return operator === '+' ? other.combine('+', this) : undefined
    if (!(other instanceof TimeDelta)) return undefined
    const sign = operator === '-' ? -1 : 1
    return new TimeDelta(this.seconds + sign * other.seconds, this.micro + sign * other.micro)
  }
}

/** A moment, on the controller's wall clock or in UTC. */
export function dateTimeOf(moment: Date, utc = false): DateTime {
  const offset = utc ? 0 : moment.getTimezoneOffset() * 60
  return new DateTime(Math.floor(moment.getTime() / 1000) - offset, (moment.getTime() % 1000) * 1000)
}

/** The present, on the controller's wall clock or in UTC; formatted where a format is given. */
export function now(utc: boolean, format: PyValue | undefined): PyValue {
  const value = dateTimeOf(new Date(), utc)
  return format === undefined || format === null || format === '' ? value : formatTime(str(format), value.brokenDown())
}

const parts: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  y: '(?<y>\\d{2})',
  m: '(?<m>1[0-2]|0?[1-9])',
  d: '(?<d>3[01]|[12]\\d|0?[1-9]| [1-9])',
  H: '(?<H>2[0-3]|[01]?\\d)',
  I: '(?<I>1[0-2]|0?[1-9])',
  M: '(?<M>[0-5]?\\d)',
  S: '(?<S>6[01]|[0-5]?\\d)',
  f: '(?<f>\\d{1,6})',
  j: '(?<j>\\d{1,3})',
  p: '(?<p>[AaPp][Mm])',
  b: '(?<b>[A-Za-z]{3})',
  B: '(?<B>[A-Za-z]+)',
  a: '[A-Za-z]{3}',
  A: '[A-Za-z]+',
  z: '(?<z>[+-]\\d{2}:?\\d{2}|Z)',
  Z: '(?:[A-Za-z]*)',
  '%': '%',
}

/** Python's `datetime.strptime`. */
export function parseDateTime(text: string, format: string): DateTime {
  const pattern = format.replace(/%(.)|\s+|[\\^$.*+?()[\]{}|]/g, (token: string, directive: string | undefined) => {
    if (directive === undefined) return /\s/.test(token) ? '\\s+' : `\\${token}`
    const part = parts[directive]
    if (part === undefined) throw new Fault(`'${directive}' is a bad directive in format '${format}'`)
    return part
  })
  const found = new RegExp(`^${pattern}$`).exec(text)
  if (found === null) throw new Fault(`time data '${text}' does not match format '${format}'`)
  const group = found.groups ?? {}
  const number = (name: string, fallback: number): number => Number(group[name] ?? fallback)
  const names = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
  const named = names.indexOf((group['b'] ?? group['B'] ?? '').slice(0, 3).toLowerCase())
  const short = number('y', 0)
  const year =
    group['Y'] === undefined && group['y'] !== undefined ? short + (short < 69 ? 2000 : 1900) : number('Y', 1900)
  const half = group['p']?.toLowerCase()
  const hour = group['I'] === undefined ? number('H', 0) : (number('I', 12) % 12) + (half === 'pm' ? 12 : 0)
  const date = new Date(0)
  date.setUTCFullYear(year, named >= 0 ? named : number('m', 1) - 1, number('d', 1))
  date.setUTCHours(hour, number('M', 0), number('S', 0))
  return new DateTime(date.getTime() / 1000, Number((group['f'] ?? '').padEnd(6, '0')))
}
