/**
 * Amounts of resources: `100m`, `1.5`, `2Gi`, `1e3`. As upstream's `resource.Quantity`
 * (`k8s.io/apimachinery/pkg/api/resource/quantity.go`), held in thousandths, which is the finest that the API keeps.
 */
type Milli = bigint

const FORM = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/

const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }

/** What upstream says about a text that isn't a quantity. */
export const QUANTITY_FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** The amount in thousandths, rounded up (away from zero), or undefined when `text` isn't a quantity. */
export function parseQuantity(text: string | number): Milli | undefined {
  const match = FORM.exec(String(text))
  if (!match) return undefined
  const [, sign = '', digits = '', suffix = ''] = match
  const [whole = '', fraction = ''] = digits.split('.')
  const power = DECIMAL[suffix] ?? (/^[eE]/.test(suffix) ? Number(suffix.slice(1)) : 0)
  if (Math.abs(power) > 30) return undefined
  const exponent = power - fraction.length + 3
  const mantissa = BigInt(whole + fraction) << BigInt(BINARY[suffix] ?? 0)
  const amount = exponent >= 0 ? mantissa * 10n ** BigInt(exponent) : divideUp(mantissa, 10n ** BigInt(-exponent))
  return sign === '-' ? -amount : amount
}

const divideUp = (a: bigint, b: bigint): bigint => (a + b - 1n) / b

/** -1, 0 or 1; texts that aren't quantities count as zero. */
export function compareQuantities(a: string | number, b: string | number): -1 | 0 | 1 {
  const difference = (parseQuantity(a) ?? 0n) - (parseQuantity(b) ?? 0n)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** The number of whole units, rounded up: bytes of memory, cores. Zero when `text` isn't a quantity. */
export const quantityValue = (text: string | number): number => Number(divideUp(parseQuantity(text) ?? 0n, 1000n))

/** The number of thousandths: `250` for a CPU quantity `250m`. Zero when `text` isn't a quantity. */
export const quantityMilliValue = (text: string | number): number => Number(parseQuantity(text) ?? 0n)

/**
 * The one form of an amount: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`; a decimal stays decimal, a binary one
 * binary. Undefined when `text` isn't a quantity. As upstream's `Quantity.CanonicalizeBytes`.
 */
export function canonicalQuantity(text: string | number): string | undefined {
  const amount = parseQuantity(text)
  if (amount === undefined) return undefined
  if (amount === 0n) return '0'
  const suffix = FORM.exec(String(text))?.[3] ?? ''
  const sign = amount < 0n ? '-' : ''
  const size = amount < 0n ? -amount : amount
  if (suffix in BINARY && size % 1000n === 0n && size >= 1024_000n) return sign + binaryForm(size / 1000n)
  return sign + (/^[eE]/.test(suffix) ? exponentForm(size) : decimalForm(size))
}

function binaryForm(units: bigint): string {
  let power = 0
  for (; power < 6 && units % 1024n === 0n; power++) units /= 1024n
  return `${units}${['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'][power]}`
}

function decimalForm(milli: bigint): string {
  let power = 0
  for (; power < 7 && milli % 1000n === 0n; power++) milli /= 1000n
  return `${milli}${['m', '', 'k', 'M', 'G', 'T', 'P', 'E'][power]}`
}

function exponentForm(milli: bigint): string {
  let power = -3
  for (; milli % 1000n === 0n; power += 3) milli /= 1000n
  return power === 0 ? String(milli) : `${milli}e${power}`
}
