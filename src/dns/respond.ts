import {
  type DnsQuery,
  type DnsReply,
  encodeRefusal,
  encodeReply,
  failure,
  MAX_MESSAGE,
  nameOf,
  parseQuery,
  RCODE,
  rcodeName,
  typeName,
  udpLimit,
} from '../wire/index.ts'
import type { Answerer, AskOthers, Decision } from './answer.ts'
import type { Tally } from './observe/tally.ts'
import type { Incoming, Respond, Transport } from './server/server.ts'

/** One query that was answered, for logs and counters. */
export interface QueryEvent {
  /** Without the final dot, in lower case. */
  readonly name: string
  readonly type: string
  readonly rcode: string
  readonly transport: Transport
  /** The client's address. */
  readonly client: string
  /** Bytes of the answer. */
  readonly size: number
  /** Whether others were asked, or would have been had there been any. */
  readonly forwarded: boolean
  /** Milliseconds. */
  readonly duration: number
}

/** Finds out what others say. */
export type Forward = (query: DnsQuery, decision: AskOthers, client: string) => Promise<DnsReply>

export interface ResponderOptions {
  readonly answerer: Answerer
  /** Brings the answers up to date with everything that was watched so far. */
  readonly refresh: () => void
  readonly forward: Forward
  /** Milliseconds since some moment. */
  readonly elapsed: () => number
  readonly tally: Tally
  readonly onQuery: ((event: QueryEvent) => void) | undefined
}

/** From the bytes of a query to the bytes of its answer. What the cluster knows is answered before this returns. */
export function createResponder({ answerer, refresh, forward, elapsed, tally, onQuery }: ResponderOptions): Respond {
  let turn = 0

  return (incoming, send) => {
    const started = elapsed()
    const { message, transport, client } = incoming
    const parsed = parseQuery(message)
    if (parsed.kind !== 'query') tally.malformed++
    if (parsed.kind === 'drop') return
    if (parsed.kind === 'refuse') return send(encodeRefusal(message, parsed.rcode))
    refresh()
    const { query } = parsed
    const finish = (reply: DnsReply, forwarded: boolean): void => {
      const limit = transport === 'udp' ? udpLimit(query) : MAX_MESSAGE
      const bytes = encodeReply(message, query, reply, { limit, turn: (turn = (turn + 1) & 0xffff) })
      send(bytes)
      const duration = elapsed() - started
      tally.answered({
        type: query.type,
        rcode: reply.rcode,
        transport,
        v6: client.includes(':'),
        dnssecOk: query.edns?.dnssecOk ?? false,
        forwarded,
        received: message.length,
        sent: bytes.length,
        duration: duration / 1000,
      })
      onQuery?.(eventOf({ incoming, query, reply, size: bytes.length, forwarded, duration }))
    }
    const decision = decideSafely(answerer, query, client)
    if (decision.kind === 'reply') return finish(decision.reply, false)
    void forward(query, decision, client)
      .catch(() => failure(RCODE.SERVFAIL))
      .then((reply) => finish(reply, true))
  }
}

/** Whatever stands in the cluster, a question gets an answer. */
function decideSafely(answerer: Answerer, query: DnsQuery, client: string): Decision {
  try {
    return answerer.decide(query, client)
  } catch {
    return { kind: 'reply', reply: failure(RCODE.SERVFAIL) }
  }
}

interface Answered extends Pick<QueryEvent, 'size' | 'forwarded' | 'duration'> {
  readonly incoming: Incoming
  readonly query: DnsQuery
  readonly reply: DnsReply
}

const eventOf = ({ incoming, query, reply, ...figures }: Answered): QueryEvent => ({
  name: nameOf(query.name),
  type: typeName(query.type),
  rcode: rcodeName(reply.rcode),
  transport: incoming.transport,
  client: incoming.client,
  ...figures,
})
