import { lowerCase, type NameKey } from './dns-names.ts'
import { HEADER, RCODE, TYPE } from './dns-numbers.ts'
import { recordAt } from './dns-walk.ts'

/** What a client says about itself in its OPT record (RFC 6891 6.1.2). */
interface Edns {
  /** The largest answer over UDP that it takes, in bytes. */
  readonly size: number
  readonly version: number
  readonly dnssecOk: boolean
}

export interface DnsQuery {
  readonly id: number
  readonly recursionDesired: boolean
  readonly checkingDisabled: boolean
  readonly name: NameKey
  readonly type: number
  readonly class: number
  /** Where the question ends; it begins at byte 12. */
  readonly end: number
  readonly edns: Edns | undefined
}

/** `refuse`: to be answered with this code and nothing else. `drop`: to be answered with silence. */
export type ParsedQuery =
  | { readonly kind: 'query'; readonly query: DnsQuery }
  | { readonly kind: 'refuse'; readonly rcode: number }
  | { readonly kind: 'drop' }

const DROP: ParsedQuery = { kind: 'drop' }
const FORMAT_ERROR: ParsedQuery = { kind: 'refuse', rcode: RCODE.FORMERR }
const NOT_IMPLEMENTED: ParsedQuery = { kind: 'refuse', rcode: RCODE.NOTIMP }

/**
 * Takes a query apart, whatever its bytes are: never throws, and looks at each byte a fixed number of times.
 *
 * Too short to have an id, or itself an answer: drop, or two servers would answer each other for ever. Another operation
 * than QUERY: NOTIMP (RFC 8906 3.1.4). Not exactly one question (RFC 9619), a compressed or broken name in it, more than
 * one record where IXFR and TSIG need one, more than one OPT (RFC 6891 6.1.1): FORMERR.
 */
export function parseQuery(message: Buffer): ParsedQuery {
  if (message.length < HEADER || message[2]! & 0x80) return DROP
  if (message[2]! & 0x78) return NOT_IMPLEMENTED
  const [questions, answers, authorities, extras] = [4, 6, 8, 10].map((at) => message.readUInt16BE(at)) as Counts
  if (questions !== 1 || answers > 1 || authorities > 1 || extras > 2) return FORMAT_ERROR
  const nameEnd = questionNameEnd(message)
  const end = nameEnd + 4
  if (nameEnd === 0 || end > message.length) return FORMAT_ERROR
  const edns = extras + answers + authorities === 0 ? undefined : ednsOf(message, end, { before: answers + authorities, extras })
  if (edns === 'broken') return FORMAT_ERROR
  const query: DnsQuery = {
    id: message.readUInt16BE(0),
    recursionDesired: (message[2]! & 1) !== 0,
    checkingDisabled: (message[3]! & 0x10) !== 0,
    name: lowerCase(message.toString('latin1', HEADER, nameEnd)),
    type: message.readUInt16BE(nameEnd),
    class: message.readUInt16BE(nameEnd + 2),
    end,
    edns,
  }
  return { kind: 'query', query }
}

type Counts = [questions: number, answers: number, authorities: number, extras: number]

/** Where the name at byte 12 ends; 0 when it doesn't, is too long or is compressed, for which there is nothing to point at. */
function questionNameEnd(message: Buffer): number {
  let at = HEADER
  while (at < message.length) {
    const length = message[at]!
    if (length === 0) return at + 1 - HEADER <= 255 ? at + 1 : 0
    if (length > 63) return 0
    at += length + 1
  }
  return 0
}

function ednsOf(message: Buffer, start: number, counts: { before: number; extras: number }): Edns | undefined | 'broken' {
  let edns: Edns | undefined
  let at = start
  for (let index = 0; index < counts.before + counts.extras; index++) {
    const record = recordAt(message, at)
    if (!record) return 'broken'
    if (record.type === TYPE.OPT && index >= counts.before) {
      if (edns || message[at] !== 0) return 'broken'
      const flags = message.readUInt16BE(record.ttlAt + 2)
      edns = { size: record.class, version: message[record.ttlAt + 1]!, dnssecOk: (flags & 0x8000) !== 0 }
    }
    at = record.end
  }
  return edns
}
