import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, isIPv6 } from 'node:net'
import { PortolanError } from '../../lib/index.ts'
import { RCODE } from '../../wire/index.ts'
import { encodeQuestion, type Question, readAnswer, type UpstreamAnswer } from './upstream-answer.ts'

/** Where another server listens. */
export interface Server {
  readonly address: string
  readonly port: number
}

/** Server and question: one conversation. */
interface Conversation {
  readonly server: Server
  readonly question: Question
  /** Without trying UDP first. */
  readonly forceTcp: boolean
}

/**
 * Asks one server one question: over UDP, over TCP when the answer is too long for that, and without EDNS when the server
 * doesn't understand it (RFC 6891 7). Rejects when the server can't be reached; waits for as long as `signal` lets it.
 */
export async function exchange(conversation: Conversation, signal: AbortSignal): Promise<UpstreamAnswer> {
  const answer = await askWith(conversation, true, signal)
  return answer.rcode === RCODE.FORMERR ? askWith(conversation, false, signal) : answer
}

/** Every question has an id and, from the kernel, a port of its own: a forger has to guess both (RFC 5452 4.5). */
async function askWith(conversation: Conversation, edns: boolean, signal: AbortSignal): Promise<UpstreamAnswer> {
  const request = encodeQuestion(conversation.question, { id: randomInt(0x10000), edns })
  const answer = conversation.forceTcp ? 'truncated' : await askUdp(conversation, request, signal)
  return answer === 'truncated' ? askTcp(conversation, request, signal) : answer
}

async function askUdp(
  { server, question }: Conversation,
  request: Buffer,
  signal: AbortSignal,
): Promise<UpstreamAnswer | 'truncated'> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer | 'truncated'>()
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4')
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  socket.on('error', reject)
  // connected: the kernel takes datagrams from this server's address and port only, and tells when nobody listens there
  socket.connect(server.port, server.address, () => socket.send(request))
  socket.on('message', (message) => {
    const answer = readAnswer(message, request, question)
    if (answer !== 'foreign') resolve(answer)
  })
  return promise.finally(() => {
    signal.removeEventListener('abort', abort)
    socket.close()
  })
}

async function askTcp({ server, question }: Conversation, request: Buffer, signal: AbortSignal): Promise<UpstreamAnswer> {
  const socket = connect({ host: server.address, port: server.port, signal })
  const framed = Buffer.concat([Buffer.from([request.length >> 8, request.length & 255]), request])
  try {
    await once(socket, 'connect', { signal })
    socket.write(framed)
    let bytes: Buffer = Buffer.alloc(0)
    for await (const piece of socket as AsyncIterable<Buffer>) {
      bytes = Buffer.concat([bytes, piece])
      if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) continue
      const answer = readAnswer(bytes.subarray(2, 2 + bytes.readUInt16BE(0)), request, question)
      if (typeof answer === 'object') return answer
      break
    }
    throw new PortolanError('BadAnswer', `${server.address} broke off its answer`)
  } finally {
    socket.destroy()
  }
}
