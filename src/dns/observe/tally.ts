import type { Transport } from '../server/server.ts'
import { DURATIONS, Histogram, SIZES } from './histogram.ts'

/** One question that was answered, in numbers. */
export interface Counted {
  readonly type: number
  readonly rcode: number
  readonly transport: Transport
  /** Whether the client has an IPv6 address. */
  readonly v6: boolean
  readonly dnssecOk: boolean
  readonly forwarded: boolean
  /** Bytes. */
  readonly received: number
  readonly sent: number
  /** Seconds. */
  readonly duration: number
}

/** The figures of one kind of requests and of one kind of responses. */
export interface RequestCount {
  readonly type: number
  readonly transport: Transport
  readonly family: 1 | 2
  readonly count: number
}
export interface ResponseCount {
  readonly rcode: number
  readonly forwarded: boolean
  readonly count: number
}

/** What a server has done, in plain numbers; whoever asks for metrics gets them put into Prometheus' words then. */
export class Tally {
  readonly durations = new Histogram(DURATIONS)
  readonly received = { udp: new Histogram(SIZES), tcp: new Histogram(SIZES) }
  readonly sent = { udp: new Histogram(SIZES), tcp: new Histogram(SIZES) }
  readonly #requests = new Map<number, number>()
  readonly #responses = new Map<number, number>()
  /** Questions with the DO bit. */
  dnssecOk = 0
  /** What no question could be read from, refused or dropped. */
  malformed = 0
  /** Names found further along the search path of who asked. */
  autopath = 0

  answered({ type, rcode, transport, v6, dnssecOk, forwarded, received, sent, duration }: Counted): void {
    add(this.#requests, (type << 2) | (transport === 'tcp' ? 2 : 0) | (v6 ? 1 : 0))
    add(this.#responses, (rcode << 1) | (forwarded ? 1 : 0))
    if (dnssecOk) this.dnssecOk++
    this.received[transport].observe(received)
    this.sent[transport].observe(sent)
    this.durations.observe(duration)
  }

  requests(): RequestCount[] {
    return [...this.#requests].map(([key, count]) => ({
      type: key >> 2,
      transport: key & 2 ? 'tcp' : 'udp',
      family: key & 1 ? 2 : 1,
      count,
    }))
  }

  responses(): ResponseCount[] {
    return [...this.#responses].map(([key, count]) => ({ rcode: key >> 1, forwarded: (key & 1) === 1, count }))
  }
}

function add(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
