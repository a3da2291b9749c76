/** Where the parts of one resource record stand in a message. */
export interface RecordPlace {
  readonly type: number
  readonly class: number
  readonly ttlAt: number
  readonly dataAt: number
  /** The first byte behind the record. */
  readonly end: number
}

/** The record that begins at byte `start`; undefined when the message ends inside it. Doesn't follow pointers. */
export function recordAt(message: Buffer, start: number): RecordPlace | undefined {
  const nameEnd = nameEndAt(message, start)
  if (nameEnd === undefined || nameEnd + 10 > message.length) return undefined
  const dataAt = nameEnd + 10
  const end = dataAt + message.readUInt16BE(nameEnd + 8)
  if (end > message.length) return undefined
  return { type: message.readUInt16BE(nameEnd), class: message.readUInt16BE(nameEnd + 2), ttlAt: nameEnd + 4, dataAt, end }
}

/** The first byte behind the name at `start`, which a pointer may end (RFC 1035 4.1.4). */
function nameEndAt(message: Buffer, start: number): number | undefined {
  let at = start
  while (at < message.length) {
    const length = message[at]!
    if (length === 0) return at + 1
    if (length >= 0xc0) return at + 2
    if (length > 63) return undefined
    at += length + 1
  }
  return undefined
}
