import { semanticEqual } from './equal.ts'

/**
 * What two values have in it that differs, in the manner of Go's `cmp.Diff`: lines of the old one behind a minus, of the new
 * one behind a plus, and what is the same counted. Its authors vary the form on purpose, so that nobody takes it apart.
 */
export const difference = (type: string, old: object, now: object): string =>
  [`  ${type}{`, ...fields(old, now, 1), '  }', ''].join('\n')

const line = (sign: ' ' | '-' | '+', depth: number, text: string): string => `${sign} ${'\t'.repeat(depth)}${text}`

/** Consecutive things that are the same are one line. */
function gather<T>(all: readonly T[], what: string, { same, lines, depth }: Gathering<T>): string[] {
  const found: string[] = []
  let skipped = 0
  const flush = (): void => {
    if (skipped > 0) found.push(line(' ', depth, `... // ${skipped} identical ${what}${skipped === 1 ? '' : 's'}`))
    skipped = 0
  }
  for (const one of all) {
    if (same(one)) {
      skipped++
      continue
    }
    flush()
    found.push(...lines(one))
  }
  flush()
  return found
}

interface Gathering<T> {
  readonly same: (one: T) => boolean
  readonly lines: (one: T) => readonly string[]
  readonly depth: number
}

type Fields = Readonly<Record<string, unknown>>

function fields(old: object, now: object, depth: number): string[] {
  const [before, after] = [old as Fields, now as Fields]
  const all = new Set([...Object.keys(before), ...Object.keys(after)])
  const names = [...all].filter((name) => before[name] !== undefined || after[name] !== undefined).sort()
  return gather(names, 'field', {
    same: (name) => semanticEqual(before[name], after[name]),
    lines: (name) => change(`${name.charAt(0).toUpperCase()}${name.slice(1)}: `, [before[name], after[name]], depth),
    depth,
  })
}

function elements(old: readonly unknown[], now: readonly unknown[], depth: number): string[] {
  const places = Array.from({ length: Math.max(old.length, now.length) }, (_, index) => index)
  return gather(places, 'element', {
    same: (place) => place < old.length && place < now.length && semanticEqual(old[place], now[place]),
    lines: (place) => change('', [old[place], now[place]], depth),
    depth,
  })
}

function change(label: string, [old, now]: readonly [unknown, unknown], depth: number): string[] {
  const within = (inner: readonly string[]): string[] => [line(' ', depth, `${label}{`), ...inner, line(' ', depth, '},')]
  if (Array.isArray(old) && Array.isArray(now)) return within(elements(old, now, depth + 1))
  if (isObject(old) && isObject(now)) return within(fields(old, now, depth + 1))
  const isElement = label === ''
  return [
    ...(isElement && old === undefined ? [] : [line('-', depth, `${label}${show(old)},`)]),
    ...(isElement && now === undefined ? [] : [line('+', depth, `${label}${show(now)},`)]),
  ]
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
const show = (value: unknown): string => (value === undefined ? 'nil' : JSON.stringify(value))
