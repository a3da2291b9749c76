import { leases } from '../api/index.ts'
import { type Client, isNotFound } from '../client/index.ts'
import { type Clock, createRunner, type Logger } from '../lib/index.ts'

/** Up to which revisions a node's kernel holds what Services and EndpointSlices say. */
export interface Held {
  readonly services: string
  readonly endpointSlices: string
}

export interface AnnounceOptions {
  readonly client: Client
  readonly nodeName: string
  readonly clock: Clock
  readonly log: Logger
}

/** On the node's Lease: an object of its own that every node may write, and that few read. */
export const PROGRAMMED_ANNOTATION = 'portolan.dev/programmed'
const LEASES = 'kube-node-lease'
/** Milliseconds to wait for a kubelet that has not made its Lease yet. */
const PAUSE = 200

/**
 * Says on the node's Lease what the node's kernel holds. One write tells of everything that was programmed since the last one, so
 * the cost is that of the changes and not of the Services. Answers the function to call after each sync.
 */
export function announceProgrammed({ client, nodeName, clock, log }: AnnounceOptions, signal: AbortSignal): (held: Held) => void {
  let latest: Held | undefined
  let said = ''
  const run = async (): Promise<void> => {
    const text = JSON.stringify(latest)
    if (text === said) return
    const body = { metadata: { annotations: { [PROGRAMMED_ANNOTATION]: text } } }
    try {
      await client.patch(leases, { namespace: LEASES, name: nodeName }, { type: 'merge', body }, signal)
      said = text
    } catch (error) {
      if (!isNotFound(error)) throw error
      await clock.sleep(PAUSE, signal).catch(() => {})
      runner.request()
    }
  }
  const runner = createRunner({ run, clock, log: log.child({ part: 'announce' }) }, signal)
  return (held) => {
    latest = held
    runner.request()
  }
}
