import { fieldsIn } from './reader.ts'

type Read = (message: Buffer) => unknown

const META = 'k8s.io/apimachinery/pkg/apis/meta/v1'

/** Messages that are a single value in JSON, by the names of their Go types. Undefined where JSON leaves them out. */
export const wellKnown: Readonly<Record<string, Read>> = {
  [`${META}.Time`]: (message) => time(message, 0),
  [`${META}.MicroTime`]: (message) => time(message, 6),
  [`${META}.Duration`]: (message) => `${Number(numbersIn(message).get(1) ?? 0n) / 1e9}s`,
  [`${META}.FieldsV1`]: json,
  'k8s.io/apimachinery/pkg/runtime.RawExtension': json,
  'k8s.io/apimachinery/pkg/api/resource.Quantity': (message) => text(message, 1) ?? '0',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': intOrString,
}

function numbersIn(message: Buffer): Map<number, bigint> {
  const found = new Map<number, bigint>()
  for (const { number, value } of fieldsIn(message)) if (typeof value === 'bigint') found.set(number, BigInt.asIntN(64, value))
  return found
}

function text(message: Buffer, wanted: number): string | undefined {
  for (const { number, value } of fieldsIn(message)) if (number === wanted && typeof value !== 'bigint') return value.toString()
  return undefined
}

/** Seconds and nanoseconds; an empty message is Go's zero time. */
function time(message: Buffer, digits: 0 | 6): string | undefined {
  if (message.length === 0) return undefined
  const numbers = numbersIn(message)
  const whole = new Date(Number(numbers.get(1) ?? 0n) * 1000).toISOString().slice(0, 19)
  const micros = String((numbers.get(2) ?? 0n) / 1000n).padStart(6, '0')
  return digits === 0 ? `${whole}Z` : `${whole}.${micros}Z`
}

/** Bytes that are JSON. */
function json(message: Buffer): unknown {
  const raw = text(message, 1)
  return raw ? (JSON.parse(raw) as unknown) : undefined
}

/** 1 says which it is: 0 for the number in 2, 1 for the text in 3. */
function intOrString(message: Buffer): number | string {
  const numbers = numbersIn(message)
  return numbers.get(1) === 1n ? (text(message, 3) ?? '') : Number(numbers.get(2) ?? 0n)
}
