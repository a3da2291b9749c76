import { badRequest } from '../http/status-error.ts'

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5]

/** One field of a message: a number for varints, the raw bytes for everything else. */
export interface WireField {
  readonly number: number
  readonly value: bigint | Buffer
}

/** The fields of a message in the order in which they lie. Throws BadRequest when it is none. See https://protobuf.dev/programming-guides/encoding/ */
export function* fieldsIn(message: Buffer): Generator<WireField> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++]
      if (byte === undefined) throw malformed()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    throw malformed()
  }
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw malformed()
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const key = Number(varint())
    const number = key >>> 3
    if ((key & 7) === VARINT) yield { number, value: varint() }
    else if ((key & 7) === BYTES) yield { number, value: take(Number(varint())) }
    else if ((key & 7) === FIXED64) yield { number, value: take(8) }
    else if ((key & 7) === FIXED32) yield { number, value: take(4) }
    else throw malformed()
  }
}

const malformed = (): Error => badRequest('the body of the request is not a protobuf message')
