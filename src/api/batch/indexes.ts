/** What is wrong with a list of indexes, or how many it names. */
export type Indexes = { readonly wrong: string } | { readonly total: number }

/**
 * How many of the indexes below `completions` a text like `0,3-5,7` names; they must go up. An empty text names none. As
 * upstream's `validateIndexesFormat`, whose words `wrong` has.
 */
export function parseIndexes(text: string, completions: number): Indexes {
  let total = 0
  let last = -1
  for (const interval of text === '' ? [] : text.split(',')) {
    const parsed = parseInterval(interval, completions)
    if ('wrong' in parsed) return parsed
    const { from, to } = parsed
    if (last >= from) return { wrong: notIncreasing(last, from) }
    total += to - from + 1
    last = to
  }
  return { total }
}

/** The intervals of a list, both ends included; what is no interval is passed over. */
export function intervalsOf(text: string, completions: number): (readonly [from: number, to: number])[] {
  return text.split(',').flatMap((interval) => {
    const parsed = parseInterval(interval, completions)
    return 'wrong' in parsed ? [] : [[parsed.from, parsed.to] as const]
  })
}

type Interval = { readonly wrong: string } | { readonly from: number; readonly to: number }

function parseInterval(interval: string, completions: number): Interval {
  const limits = interval.split('-')
  if (limits.length > 2) {
    const rule = "violates the requirement that an index interval can have at most two parts separated by '-'"
    return { wrong: `the fragment ${JSON.stringify(interval)} ${rule}` }
  }
  for (const limit of limits) {
    if (!/^\+?\d+$/.test(limit)) return { wrong: `cannot convert string to integer for index: ${JSON.stringify(limit)}` }
    if (Number(limit) >= completions) return { wrong: `too large index: ${JSON.stringify(limit)}` }
  }
  const from = Number(limits[0])
  if (limits[1] === undefined) return { from, to: from }
  const to = Number(limits[1])
  return from >= to ? { wrong: notIncreasing(from, to) } : { from, to }
}

const notIncreasing = (previous: number, current: number): string =>
  `non-increasing order, previous: ${previous}, current: ${current}`
