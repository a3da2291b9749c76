import type { AnswerCacheOptions } from '../forward/cache.ts'
import { CorefileError, type Directive } from './parse.ts'

/** Seconds: CoreDNS's, where the Corefile doesn't say. */
const SUCCESS = 3_600
const DENIAL = 1_800
/** An answer and what it costs beside its bytes, about: CoreDNS counts answers, the cache here counts bytes. */
const BYTES = 512
const PREFETCH_GAP = 60
const PREFETCH_SHARE = 10

/** `cache 30 { prefetch 10 1m 10% }` (CoreDNS, plugin/cache). */
export function cacheSettings({ args, body }: Directive): Partial<AnswerCacheOptions> {
  const ttl = /^\d+$/.test(args[0] ?? '') ? Number(args[0]) : undefined
  let settings: Partial<AnswerCacheOptions> = { maxAge: ttl ?? SUCCESS, maxDenialAge: ttl ?? DENIAL }
  for (const { name, args: values, line } of body) {
    const [first, second, third] = values.map((value) => number(value, line))
    if (name === 'success') settings = { ...settings, ...capacity(first), ...(second === undefined ? {} : { maxAge: second }) }
    else if (name === 'denial') settings = { ...settings, ...(second === undefined ? {} : { maxDenialAge: second }) }
    else if (name === 'prefetch')
      settings = {
        ...settings,
        prefetch: { amount: first ?? 1, gap: second ?? PREFETCH_GAP, share: (third ?? PREFETCH_SHARE) / 100 },
      }
    // the cluster's own names, which CoreDNS can be told to leave out, are never kept here
    else if (name !== 'disable') throw new CorefileError(line, `cache: ${name} is not understood`)
  }
  return settings
}

const capacity = (answers: number | undefined): Partial<AnswerCacheOptions> =>
  answers === undefined ? {} : { maxBytes: answers * BYTES }

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, '%': 1 }

/** `30`, `1m`, `10%`; undefined for what is none, such as a zone. */
function number(value: string, line: number): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([smh%]?)$/.exec(value) ?? []
  if (digits !== undefined) return Number(digits) * UNITS[unit]!
  if (/^\d/.test(value)) throw new CorefileError(line, `"${value}" is not understood`)
  return undefined
}
