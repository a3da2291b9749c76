import { leases, type Node, nodes } from '../../api/index.ts'
import { type Client, type ClusterAccess, connectHttp2, createClient } from '../../client/index.ts'
import { messageOf, PortolanError, systemClock } from '../../lib/index.ts'

export interface ReadyOptions {
  readonly access: ClusterAccess
  /** How many nodes must be ready. */
  readonly nodes: number
  /** What nodes said before this says nothing of now; milliseconds since the epoch. */
  readonly since: number
  /** Whether the cluster's first process still lives: there is no use in waiting for a dead one. */
  readonly alive: () => boolean
  /** Where the cluster's processes write, for the error's text. */
  readonly logs: string
}

const INTERVAL = 15

/** Resolves when the API answers and every node is ready to run Pods. Throws NotReady when `signal` aborts first. */
export async function whenReady(options: ReadyOptions, signal: AbortSignal): Promise<void> {
  const connection = connectHttp2(options.access)
  const client = createClient(connection.handler, { userAgent: 'portolan-up' })
  let last: unknown = new Error('nothing answered yet')
  try {
    while (options.alive() && !signal.aborted) {
      try {
        const alive = await renewedSince(client, options.since, signal)
        const ready = (await client.list(nodes, {}, signal)).items.filter(
          (node) => alive.has(node.metadata.name) && isReady(node),
        ).length
        if (ready >= options.nodes) return
        last = new Error(`${ready} of ${options.nodes} nodes are ready`)
      } catch (error) {
        last = error
      }
      await systemClock.sleep(INTERVAL)
    }
  } finally {
    connection.close()
  }
  throw new PortolanError('NotReady', `the cluster did not come up (${messageOf(last)}); its logs are in ${options.logs}`)
}

/** Resolves when one node is ready, by a word of its kubelet's from after `since`. Throws NotReady when `signal` aborts first. */
export async function whenNodeReady(client: Client, name: string, since: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const node = await client.get(nodes, { name }).catch(() => undefined)
    if (node && isReady(node) && (await renewedSince(client, since, signal)).has(name)) return
    await systemClock.sleep(INTERVAL)
  }
  throw new PortolanError('NotReady', `the node ${name} did not become ready`)
}

/**
 * The nodes whose kubelets have renewed their lease since. A kubelet does so after it has said that its node is not ready yet,
 * so `Ready` is from this life of the cluster then, and not from an earlier one.
 */
async function renewedSince(client: Client, since: number, signal: AbortSignal): Promise<ReadonlySet<string | undefined>> {
  const { items } = await client.list(leases, { namespace: 'kube-node-lease' }, signal)
  return new Set(items.filter(({ spec }) => Date.parse(spec?.renewTime ?? '') >= since).map(({ metadata }) => metadata.name))
}

const isReady = (node: Node): boolean =>
  (node.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')
