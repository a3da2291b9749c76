import dnsPacket from 'dns-packet'
import {
  type DnsQuery,
  type DnsRecord,
  type DnsReply,
  type EncodedSections,
  encodeSections,
  HEADER,
  nameOf,
  RCODE,
} from '../../wire/index.ts'
import type { Outcome } from './forwarder.ts'
import { aged, encodeQuestion, type Question } from './upstream-answer.ts'

export interface Forwarded {
  readonly query: DnsQuery
  /** What led from the name asked for to the question. */
  readonly aliases: readonly DnsRecord[]
  readonly question: Question
  readonly outcome: Outcome
}

/**
 * What the client is told after others were asked.
 *
 * Where there is nobody to ask, that no other name exists, without a SOA, so that nobody remembers it: musl's resolver takes
 * SERVFAIL and REFUSED for silence and waits five seconds more (src/network/res_msend.c), in every search for a name.
 * The aliases that led there are true in any case, and told.
 */
export function forwardedReply({ query, aliases, question, outcome }: Forwarded): DnsReply {
  const authoritative = aliases.length > 0
  const ours = authoritative ? { sections: encodeSections(query.name, { answers: aliases }) } : {}
  if (outcome === 'nobody') return { rcode: authoritative ? RCODE.NOERROR : RCODE.NXDOMAIN, authoritative, ...ours }
  if (outcome === 'failed') return { rcode: RCODE.SERVFAIL, authoritative, ...ours }
  const { rcode } = outcome.answer
  const sections = aged(outcome.answer, outcome.age)
  return { rcode, authoritative, sections: authoritative ? joined({ query, aliases, question }, sections) : sections }
}

/** The aliases with what was said to the last of them, whose names point into another message and are therefore written anew. */
function joined({ query: { name }, aliases, question }: Omit<Forwarded, 'outcome'>, said: EncodedSections): EncodedSections {
  const asked = encodeQuestion(question, { id: 0, edns: false })
  asked.writeUInt16BE(said.answers, 6)
  const { answers = [] } = dnsPacket.decode(Buffer.concat([asked, said.bytes.subarray(0, said.extrasAt)]))
  const first = aliases.map(
    (alias) => ({ type: 'CNAME', name: alias.name, ttl: alias.ttl, data: 'target' in alias ? alias.target : '' }) as const,
  )
  const all = [...first, ...answers]
  const message = dnsPacket.encode({ type: 'response', questions: [{ type: 'A', name: nameOf(name) }], answers: all })
  const bytes = message.subarray(HEADER + name.length + 4)
  return { answers: all.length, authorities: 0, extras: 0, bytes, extrasAt: bytes.length, stride: 0 }
}
