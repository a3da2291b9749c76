import {
  type EncodedSections,
  HEADER,
  lowerCase,
  type NameKey,
  RCODE,
  recordAt,
  type RecordPlace,
  TYPE,
} from '../../wire/index.ts'

/** What is asked of others. */
export interface Question {
  readonly name: NameKey
  readonly type: number
}

/** What others say, cut to what may be repeated: without their header, their EDNS and what stands behind that. */
export interface UpstreamAnswer {
  readonly rcode: number
  readonly sections: EncodedSections
  /** Where in `sections.bytes` the TTLs stand. */
  readonly ttlsAt: readonly number[]
  /** Seconds for which it may be repeated; 0: not at all. */
  readonly lifetime: number
}

/** Cut off: `truncated`, to be asked again over TCP. Not an answer to this question at all: `foreign`. */
export type ReadAnswer = UpstreamAnswer | 'truncated' | 'foreign'

const TRUNCATED = 0x02
const CLASS_IN = 1

/** The message that asks `question`; `edns` says that answers above 512 bytes are welcome. */
export function encodeQuestion({ name, type }: Question, { id, edns }: { id: number; edns: boolean }): Buffer {
  const end = HEADER + name.length + 4
  const message = Buffer.alloc(end + (edns ? 11 : 0))
  message.writeUInt16BE(id, 0)
  message[2] = 1 // recursion desired
  message.writeUInt16BE(1, 4)
  message.write(name, HEADER, 'latin1')
  message.writeUInt16BE(type, end - 4)
  message.writeUInt16BE(CLASS_IN, end - 2)
  if (!edns) return message
  message.writeUInt16BE(1, 10)
  message.writeUInt16BE(TYPE.OPT, end + 1)
  message.writeUInt16BE(1232, end + 3)
  return message
}

/**
 * Reads what came back for `request`. Everything that isn't byte for byte an answer to that question is foreign, be it
 * late, broken or forged (RFC 5452 9.1); letters may have changed their case.
 */
export function readAnswer(message: Buffer, request: Buffer, question: Question): ReadAnswer {
  const start = HEADER + question.name.length + 4
  if (message.length < start || message.readUInt16BE(0) !== request.readUInt16BE(0)) return 'foreign'
  if ((message[2]! & 0xf8) !== 0x80 || message.readUInt16BE(4) !== 1) return 'foreign'
  const asked = (bytes: Buffer): string =>
    lowerCase(bytes.toString('latin1', HEADER, start - 4)) + bytes.toString('latin1', start - 4, start)
  if (asked(message) !== asked(request)) return 'foreign'
  if (message[2]! & TRUNCATED) return 'truncated'
  return repeatable(message, start) ?? 'foreign'
}

/** undefined when the message ends inside a record. */
function repeatable(message: Buffer, start: number): UpstreamAnswer | undefined {
  const [answers, authorities, extras] = [6, 8, 10].map((at) => message.readUInt16BE(at)) as [number, number, number]
  const places: RecordPlace[] = []
  const ends = [start]
  for (let index = 0; index < answers + authorities + extras; index++) {
    const record = recordAt(message, ends.at(-1)!)
    if (!record) return undefined
    if (record.type === TYPE.OPT) break
    places.push(record)
    ends.push(record.end)
  }
  if (places.length < answers + authorities) return undefined
  const sections: EncodedSections = {
    answers,
    authorities,
    extras: places.length - answers - authorities,
    bytes: Buffer.from(message.subarray(start, ends.at(-1))),
    extrasAt: ends[answers + authorities]! - start,
    stride: 0,
  }
  const rcode = message[3]! & 15
  const lifetime = lifetimeOf(message, rcode, { answers: places.slice(0, answers), authorities: places.slice(answers, answers + authorities) }) // prettier-ignore
  return { rcode, sections, ttlsAt: places.map(({ ttlAt }) => ttlAt - start), lifetime }
}

interface Places {
  readonly answers: readonly RecordPlace[]
  readonly authorities: readonly RecordPlace[]
}

/** The shortest TTL of the answers; where there is nothing, what the zone's SOA says about nothing (RFC 2308 5). */
function lifetimeOf(message: Buffer, rcode: number, { answers, authorities }: Places): number {
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) return 0
  if (answers.length > 0 && rcode === RCODE.NOERROR) return Math.min(...answers.map(({ ttlAt }) => message.readUInt32BE(ttlAt)))
  const soa = authorities.find(({ type, dataAt, end }) => type === TYPE.SOA && end - dataAt >= 22)
  return soa ? Math.min(message.readUInt32BE(soa.ttlAt), message.readUInt32BE(soa.end - 4)) : 0
}

/** The same answer some seconds later: its TTLs have run that far. */
export function aged({ sections, ttlsAt }: UpstreamAnswer, seconds: number): EncodedSections {
  if (seconds === 0) return sections
  const bytes = Buffer.from(sections.bytes)
  for (const at of ttlsAt) bytes.writeUInt32BE(Math.max(0, bytes.readUInt32BE(at) - seconds), at)
  return { ...sections, bytes }
}
