const [VARINT, BYTES] = [0, 2]

/** One message of protobuf while it is written. See https://protobuf.dev/programming-guides/encoding/ */
export class ProtobufWriter {
  readonly #pieces: Uint8Array[] = []

  /** As proto3, which has no empty texts. */
  string(field: number, value: string): void {
    if (value !== '') this.bytes(field, Buffer.from(value))
  }

  /** As proto3, for which false is the same as nothing. */
  bool(field: number, value: boolean): void {
    if (value) this.#pieces.push(varint((field << 3) | VARINT), varint(1))
  }

  /** Also an empty message, which is something else than none. */
  bytes(field: number, value: Uint8Array): void {
    this.#pieces.push(varint((field << 3) | BYTES), varint(value.length), value)
  }

  finish(): Buffer {
    return Buffer.concat(this.#pieces)
  }
}

/** Of a whole number of at least 0 and less than 2³¹. */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  bytes.push(value)
  return Uint8Array.from(bytes)
}
