/**
 * Messages of nfnetlink as bytes: netlink(7), linux/netfilter/nfnetlink.h. Headers are in the byte order of the machine, which
 * is little on every machine that Portolan runs on; numbers in nf_tables' attributes are big.
 */

const ERROR = 2
const HEADER = 16
const NESTED = 0x8000

export const FLAGS = { request: 1, ack: 4, create: 0x400, append: 0x800 } as const

export interface Message {
  readonly type: number
  /** Of an acknowledgement: 0, or the kernel's negative error number. */
  readonly error: number | undefined
  /** Behind nfnetlink's own header: attributes. */
  readonly attributes: Buffer
}

export interface Request {
  readonly type: number
  readonly flags: number
  /** AF_INET, AF_INET6 or 0. */
  readonly family: number
  /** What the message is about, for the batch's own messages the subsystem. */
  readonly resource?: number
  readonly attributes?: readonly Buffer[]
}

export function message({ type, flags, family, resource = 0, attributes = [] }: Request): Buffer {
  const body = Buffer.concat(attributes)
  const bytes = Buffer.alloc(HEADER + 4)
  bytes.writeUInt32LE(HEADER + 4 + body.length, 0)
  bytes.writeUInt16LE(type, 4)
  bytes.writeUInt16LE(flags, 6)
  bytes.writeUInt8(family, HEADER)
  bytes.writeUInt16BE(resource, HEADER + 2)
  return Buffer.concat([bytes, body])
}

/** One attribute; what is in it is padded to four bytes. */
export function attribute(type: number, content: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + ((content.length + 3) & ~3))
  bytes.writeUInt16LE(4 + content.length, 0)
  bytes.writeUInt16LE(type, 2)
  content.copy(bytes, 4)
  return bytes
}

export const nested = (type: number, ...attributes: readonly Buffer[]): Buffer =>
  attribute(type | NESTED, Buffer.concat(attributes))
export const text = (type: number, value: string): Buffer => attribute(type, Buffer.from(`${value}\0`))

export function number(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return attribute(type, bytes)
}

export function bigNumber(type: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return attribute(type, bytes)
}

export function parseMessages(bytes: Buffer): readonly Message[] {
  const messages: Message[] = []
  for (let at = 0; at + HEADER <= bytes.length;) {
    const length = bytes.readUInt32LE(at)
    const type = bytes.readUInt16LE(at + 4)
    const body = bytes.subarray(at + HEADER, at + length)
    messages.push({ type, error: type === ERROR ? body.readInt32LE(0) : undefined, attributes: body.subarray(4) })
    at += (length + 3) & ~3
  }
  return messages
}

/** The content of the first attribute of this type; undefined when there is none. */
export function attributeOf(attributes: Buffer, wanted: number): Buffer | undefined {
  for (let at = 0; at + 4 <= attributes.length;) {
    const length = attributes.readUInt16LE(at)
    if (attributes.readUInt16LE(at + 2) === wanted) return attributes.subarray(at + 4, at + length)
    at += (length + 3) & ~3
  }
  return undefined
}
