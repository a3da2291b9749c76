import type { Node, Pod } from '../../api/index.ts'
import type { Cluster } from '../cluster.ts'
import { schedule } from '../plan.ts'
import { useOf } from '../resources.ts'

type Labels = Readonly<Record<string, string>>

export const node = (name: string, spec: Node['spec'] = {}, labels: Labels = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
  spec,
  status: { allocatable: { cpu: '2', memory: '1Gi', pods: '5' } },
})

export const pod = (spec: Partial<NonNullable<Pod['spec']>> = {}, labels: Labels = {}, namespace = 'default'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace, labels },
  spec: { containers: [{ name: 'c' }], ...spec },
})

export const app = (name: string, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod => pod(spec, { app: name })

/** Nodes with their Pods. */
export const cluster = (...places: readonly (readonly [node: Node, ...pods: Pod[]])[]): Cluster => ({
  places: places.map(([of, ...pods]) => ({ node: of, pods, use: useOf(pods) })),
  namespaceLabels: (namespace) => ({ 'kubernetes.io/metadata.name': namespace }),
  siblings: undefined,
})

/** The node, or the message. */
export function placed(wanted: Pod, on: Cluster): string {
  const decision = schedule(wanted, on)
  return 'node' in decision ? decision.node : decision.message
}
