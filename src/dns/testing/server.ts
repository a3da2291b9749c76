import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { TestContext } from 'node:test'
import dnsPacket from 'dns-packet'
import { type Clock, silent, systemClock } from '../../lib/index.ts'
import { type FakeCaches, fakeCaches } from '../../testing/index.ts'
import { type DnsOptions, type Endpoint, runDns } from '../index.ts'

const PORT = 5300
let servers = 0

/**
 * An address of loopback that nobody else has, so that one port is free there for UDP and TCP alike; a port that is free
 * at 127.0.0.1 may be some connection's a moment later.
 */
export const ownAddress = (): string => `127.${1 + ((process.pid >> 8) % 250)}.${process.pid % 256}.${++servers}`

export interface TestServer {
  readonly caches: FakeCaches
  readonly at: Endpoint
}

/** A server on loopback over caches that the test fills, until the test is over. */
export async function startDns(t: TestContext, options: Partial<DnsOptions> = {}): Promise<TestServer> {
  const stop = new AbortController()
  t.after(() => stop.abort())
  const caches = fakeCaches()
  const at = options.listen?.[0] ?? { address: ownAddress(), port: PORT }
  const cluster = { clusterDomain: 'cluster.local', ttl: 5, podNames: 'insecure', forwarders: [] } as const
  await runDns({ caches, listen: [at], ...cluster, clock: systemClock, log: silent, ...options }, stop.signal)
  return { caches, at }
}

export type Answerer = (query: dnsPacket.Packet, transport: 'udp' | 'tcp') => dnsPacket.Packet | Buffer | undefined

export interface TestUpstream {
  /** As the options want it: `127.0.0.1:5300`. */
  readonly address: string
  /** How often it was asked. */
  readonly asked: () => number
}

/** A server of others, which answers over UDP and TCP what the test says; silence where that is undefined. */
export async function startUpstream(t: TestContext, answer: Answerer): Promise<TestUpstream> {
  let asked = 0
  const replyTo = (message: Buffer, transport: 'udp' | 'tcp'): Buffer | undefined => {
    asked++
    const query = dnsPacket.decode(message)
    const reply = answer(query, transport)
    if (reply === undefined || Buffer.isBuffer(reply)) return reply
    return dnsPacket.encode({ type: 'response', id: query.id!, questions: query.questions!, flags: 0, ...reply })
  }
  const udp = createSocket('udp4')
  udp.on('message', (message, client) => {
    const reply = replyTo(message, 'udp')
    if (reply) udp.send(reply, client.port, client.address)
  })
  const address = ownAddress()
  udp.bind(PORT, address)
  await once(udp, 'listening')
  const tcp = createServer((socket) => {
    socket.on('data', (message: Buffer) => {
      const reply = replyTo(message.subarray(2), 'tcp')
      if (reply) socket.end(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]))
    })
  })
  tcp.listen(PORT, address)
  await once(tcp, 'listening')
  t.after(() => {
    udp.close()
    tcp.close()
  })
  return { address: `${address}:${PORT}`, asked: () => asked }
}

/** The types of dns-packet leave out the code. */
export type Reply = dnsPacket.DecodedPacket & { readonly rcode: string }

/** One question over UDP and its answer, as another implementation reads it. */
export async function ask(at: Endpoint, name: string, type: dnsPacket.RecordType = 'A'): Promise<Reply> {
  const socket = createSocket('udp4')
  try {
    const message = dnsPacket.encode({ type: 'query', id: 4711, flags: dnsPacket.RECURSION_DESIRED, questions: [{ type, name }] })
    socket.send(message, at.port, at.address)
    const [reply] = (await once(socket, 'message')) as [Buffer]
    return dnsPacket.decode(reply) as Reply
  } finally {
    socket.close()
  }
}

/** Time that stands still, but for sleeps: they are over as soon as everything else that can happen has. */
export function hurriedClock(): Clock & { advance: (milliseconds: number) => void } {
  let now = 1_000_000
  return {
    now: () => now,
    async sleep(milliseconds, signal) {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
      now += milliseconds
    },
    advance: (milliseconds) => void (now += milliseconds),
  }
}
