interface Bounds {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
/** Minute, hour, day of the month, month, day of the week. */
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
]
const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']
const EVERY = '@every '

/** What is wrong with a line of crontab(5); undefined when nothing is. In the words of github.com/robfig/cron, which upstream reads it with. */
export function wrongSchedule(text: string): string | undefined {
  if (text === '') return 'empty spec string'
  const [, zone, rest] = /^(?:CRON_)?TZ=(\S*)\s*(.*)$/.exec(text) ?? []
  if (zone !== undefined && !isZone(zone)) return `provided bad location ${zone}: unknown time zone ${zone}`
  const line = rest ?? text
  if (line.startsWith('@')) return wrongDescriptor(line)
  const fields = line.split(/\s+/).filter((field) => field !== '')
  if (fields.length !== FIELDS.length) {
    return `expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(' ')}]`
  }
  for (const [index, bounds] of FIELDS.entries()) {
    for (const range of (fields[index] as string).split(',').filter((part) => part !== '')) {
      const wrong = wrongRange(range, bounds)
      if (wrong) return wrong
    }
  }
  return undefined
}

/** Of the IANA database; empty is UTC, as for Go. */
export function isZone(name: string): boolean {
  if (name === '' || name === 'UTC') return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return !/^[+-]/.test(name)
  } catch {
    return false
  }
}

function wrongDescriptor(text: string): string | undefined {
  if (DESCRIPTORS.includes(text)) return undefined
  if (!text.startsWith(EVERY)) return `unrecognized descriptor: ${text}`
  const duration = text.slice(EVERY.length)
  const isDuration = /^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(duration) || /^[+-]?0$/.test(duration)
  return isDuration ? undefined : `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`
}

/** `*`, `5`, `1-5`, each with `/2` or without. */
function wrongRange(text: string, bounds: Bounds): string | undefined {
  const [range = '', step, ...moreSteps] = text.split('/')
  const [low = '', high, ...moreHyphens] = range.split('-')
  const any = low === '*' || low === '?'
  if (!any && moreHyphens.length > 0) return `too many hyphens: ${text}`
  const start = any ? bounds.min : numberOf(low, bounds.names)
  if (typeof start === 'string') return start
  const end = any ? bounds.max : high === undefined ? start : numberOf(high, bounds.names)
  if (typeof end === 'string') return end
  if (moreSteps.length > 0) return `too many slashes: ${text}`
  const every = step === undefined ? 1 : numberOf(step)
  if (typeof every === 'string') return every
  const last = step !== undefined && high === undefined ? bounds.max : end
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${text}`
  if (last > bounds.max) return `end of range (${last}) above maximum (${bounds.max}): ${text}`
  if (start > last) return `beginning of range (${start}) beyond end of range (${last}): ${text}`
  return every === 0 ? `step of range should be a positive number: ${text}` : undefined
}

/** The number, or what is wrong with it. Names of months begin with 1, those of days with 0. */
function numberOf(text: string, names?: readonly string[]): number | string {
  const named = names?.indexOf(text.toLowerCase()) ?? -1
  if (named >= 0) return names === MONTHS ? named + 1 : named
  if (!/^[+-]?\d+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
  }
  return Number(text) < 0 ? `negative number (${Number(text)}) not allowed: ${text}` : Number(text)
}
