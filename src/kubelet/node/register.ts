import { type Lease, leases, type Node, nodes } from '../../api/index.ts'
import { isAlreadyExists, isNotFound } from '../../client/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { KubeletOptions } from '../options.ts'
import { microTimestamp } from '../time.ts'
import { type Machine } from './machine.ts'
import { newNode, nodeLabels, nodeStatus } from './status.ts'

const NAMESPACE = 'kube-node-lease'
const LEASE_SECONDS = 40
/** A quarter of the lease's time, as upstream renews. Milliseconds. */
const RENEW = 10_000
/** How often the node's status is written though nothing has changed. */
const STATUS = 300_000
const RETRY = 1_000

export interface NodeContext extends Pick<
  KubeletOptions,
  'caches' | 'client' | 'clock' | 'log' | 'nodeName' | 'nodeIPs' | 'labels'
> {
  readonly machine: Machine
  readonly port: number | undefined
  /** Why containers aren't kept to their limits; empty when they are. */
  readonly unlimited: string
  /** What the node has too little of. */
  readonly pressures: () => readonly string[]
}

/** Makes the Node, or finds it, and gives it this machine's labels. Tries until the API answers. */
export async function registerNode(context: NodeContext, signal: AbortSignal): Promise<Node> {
  const { client, clock, log, machine, nodeName: name } = context
  for (;;) {
    try {
      return await client.create(nodes, newNode({ machine, nodeName: name, labels: context.labels }), signal)
    } catch (error) {
      signal.throwIfAborted()
      if (isAlreadyExists(error)) {
        const body = { metadata: { labels: { ...nodeLabels(name, machine), ...context.labels } } }
        return client.patch(nodes, { name }, { type: 'merge', body }, signal)
      }
      log.warn({ error: messageOf(error) }, 'the node could not be registered; will try again')
      await clock.sleep(RETRY, signal)
    }
  }
}

/** Writes what the node says of itself; `problem` is empty when it can run Pods. */
export async function reportNode(context: NodeContext, problem: string, signal?: AbortSignal): Promise<void> {
  const { client, clock, nodeName: name } = context
  const node = await client.get(nodes, { name }, signal)
  const status = nodeStatus(node, { ...context, problem, pressures: context.pressures(), now: clock.now() })
  await client.patch(nodes, { name }, { type: 'merge', body: { status }, subresource: 'status' }, signal)
}

/** Renews the node's Lease, and now and then its status, until `signal` aborts. */
export async function keepAlive(context: NodeContext, problem: () => string, signal: AbortSignal): Promise<void> {
  const { caches, clock, log, nodeName } = context
  let reportedAt = clock.now()
  while (!signal.aborted) {
    try {
      await renew(context, signal)
      if (clock.now() - reportedAt >= STATUS || hasUntold(caches.of(nodes).get(nodeName))) {
        await reportNode(context, problem(), signal)
        reportedAt = clock.now()
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, 'the node could not say that it is alive')
    }
    await clock.sleep(RENEW, signal).catch(() => {})
  }
}

/** Whether somebody has said of the node that it has more, or less, than its Pods are told. */
const hasUntold = (node: Node | undefined): boolean => {
  const { capacity = {}, allocatable = {} } = node?.status ?? {}
  return Object.entries(capacity).some(([name, amount]) => allocatable[name] !== amount)
}

async function renew({ client, clock, nodeName: name }: NodeContext, signal: AbortSignal): Promise<void> {
  const renewTime = microTimestamp(clock.now())
  try {
    await client.patch(leases, { namespace: NAMESPACE, name }, { type: 'merge', body: { spec: { renewTime } } }, signal)
  } catch (error) {
    if (!isNotFound(error)) throw error
    const { uid } = (await client.get(nodes, { name }, signal)).metadata
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: NAMESPACE, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: uid ?? '' }] },
      spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
    }
    await client.create(leases, lease, signal)
  }
}
