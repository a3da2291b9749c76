import type { DnsQuery } from './dns-query.ts'
import type { EncodedSections } from './dns-records.ts'
import { HEADER, TYPE } from './dns-numbers.ts'
import { recordAt } from './dns-walk.ts'

/** What a server says about a query. */
export interface DnsReply {
  readonly rcode: number
  /** Whether the server speaks for the name's zone, or only repeats what it was told. */
  readonly authoritative: boolean
  readonly sections?: EncodedSections
}

export interface ReplyOptions {
  /** The largest message the client takes, in bytes. */
  readonly limit: number
  /** Which of several addresses comes first, modulo their number. */
  readonly turn?: number
}

/** What fits into a packet on every path, so that no answer is sent in fragments (RFC 9715, DNS flag day 2020). Bytes. */
const MAX_UDP = 1232
/** What every client takes over UDP (RFC 1035 2.3.4). */
const MIN_UDP = 512
const OPT_LENGTH = 11

/** The largest answer over UDP to this query, in bytes. */
export const udpLimit = ({ edns }: DnsQuery): number => (edns ? Math.min(MAX_UDP, Math.max(MIN_UDP, edns.size)) : MIN_UDP)

/**
 * The answer to `query`, which was taken from `message`: the question comes back byte for byte, letters in the client's own case, by
 * which clients tell forged answers from real ones. When it is longer than `limit`, the extras go first, without a word
 * (RFC 2181 9), and then as many answers as must, with TC set: the client asks again over TCP, or makes do with what it got.
 */
export function encodeReply(message: Buffer, query: DnsQuery, reply: DnsReply, { limit, turn = 0 }: ReplyOptions): Buffer {
  const { sections } = reply
  const room = limit - query.end - (query.edns ? OPT_LENGTH : 0)
  const fits = !sections || sections.bytes.length <= room
  const shown = fits ? sections : fitting(sections, room)
  const truncated = shown !== undefined && sections !== undefined && shown.answers < sections.answers
  const length = shown?.bytes.length ?? 0
  const bytes = Buffer.allocUnsafe(query.end + length + (query.edns ? OPT_LENGTH : 0))
  message.copy(bytes, 0, 0, query.end)
  bytes[2] = 0x80 | (reply.authoritative ? 4 : 0) | (truncated ? 2 : 0) | (query.recursionDesired ? 1 : 0)
  bytes[3] = 0x80 | (query.checkingDisabled ? 0x10 : 0) | (reply.rcode & 15)
  bytes.writeUInt16BE(shown?.answers ?? 0, 6)
  bytes.writeUInt16BE(shown?.authorities ?? 0, 8)
  bytes.writeUInt16BE((shown?.extras ?? 0) + (query.edns ? 1 : 0), 10)
  if (shown) copyTurned(shown, bytes, query.end, turn)
  if (query.edns) writeOpt(bytes, query.end + length, { rcode: reply.rcode, dnssecOk: query.edns.dnssecOk })
  return bytes
}

/** The answer to a message that no question could be read from: its id and a code. */
export function encodeRefusal(message: Buffer, rcode: number): Buffer {
  const bytes = Buffer.alloc(HEADER)
  message.copy(bytes, 0, 0, 2)
  bytes[2] = 0x80 | (message[2]! & 0x79)
  bytes[3] = 0x80 | (rcode & 15)
  return bytes
}

/** As much of `sections` as `room` bytes hold, whole records only. */
function fitting(sections: EncodedSections, room: number): EncodedSections {
  const { bytes, extrasAt } = sections
  if (extrasAt <= room) return { ...sections, extras: 0, bytes: bytes.subarray(0, extrasAt) }
  let answers = 0
  let end = 0
  while (answers < sections.answers) {
    const next = recordAt(bytes, end)?.end ?? Infinity
    if (next > room) break
    answers++
    end = next
  }
  return { ...sections, answers, authorities: 0, extras: 0, bytes: bytes.subarray(0, end) }
}

function copyTurned({ bytes, answers, stride }: EncodedSections, target: Buffer, at: number, turn: number): void {
  const first = stride > 0 ? (turn % answers) * stride : 0
  if (first === 0) {
    bytes.copy(target, at)
    return
  }
  const end = answers * stride
  bytes.copy(target, at, first, end)
  bytes.copy(target, at + end - first, 0, first)
  bytes.copy(target, at + end, end)
}

/** RFC 6891 6.1.3: the upper eight bits of the code stand where other records have their TTL; DO comes back (RFC 3225 3). */
function writeOpt(bytes: Buffer, at: number, { rcode, dnssecOk }: { rcode: number; dnssecOk: boolean }): void {
  bytes[at] = 0
  bytes.writeUInt16BE(TYPE.OPT, at + 1)
  bytes.writeUInt16BE(MAX_UDP, at + 3)
  bytes.writeUInt32BE(((rcode >> 4) << 24) | (dnssecOk ? 0x8000 : 0), at + 5)
  bytes.writeUInt16BE(0, at + 9)
}

/** The answer without any record: a failure, a refusal. */
export const failure = (rcode: number): DnsReply => ({ rcode, authoritative: false })
