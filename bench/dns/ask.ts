/** One question at a time over one socket, for measuring when an answer changes. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import dnsPacket from 'dns-packet'

export interface Asked {
  /** Nanoseconds of the machine's clock, when it was sent and when its answer was there. */
  readonly sent: bigint
  readonly came: bigint
  readonly addresses: readonly string[]
}

const PATIENCE = 2_000

/** The addresses of a name at 127.0.0.1; throws when nobody answers within two seconds. */
export async function ask(port: number, name: string): Promise<Asked> {
  const socket = createSocket('udp4')
  try {
    const sent = process.hrtime.bigint()
    socket.send(dnsPacket.encode({ type: 'query', id: 7, questions: [{ type: 'A', name }] }), port, '127.0.0.1')
    const [reply] = (await once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE) })) as [Buffer]
    const came = process.hrtime.bigint()
    const { answers = [] } = dnsPacket.decode(reply)
    return { sent, came, addresses: answers.flatMap((answer) => (answer.type === 'A' ? [answer.data] : [])) }
  } finally {
    socket.close()
  }
}
