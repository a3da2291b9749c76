import type { EndpointSlice, Node, Service } from '../../api/index.ts'

export const NAMESPACE = 'kube-system'
export const NAME = 'kube-dns'

/**
 * The Service of the cluster's DNS. Every node answers for itself, so a question never leaves the node of the Pod that asks:
 * `internalTrafficPolicy: Local`, and one endpoint per node.
 */
export const dnsService = (clusterIP: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: NAME,
    namespace: NAMESPACE,
    labels: { 'k8s-app': NAME, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
  },
  spec: {
    type: 'ClusterIP',
    clusterIP,
    internalTrafficPolicy: 'Local',
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
      { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
    ],
  },
})

/** Its endpoints: every node that has an address, ready or not, because it is asked by its own Pods alone. */
export const dnsSlice = (nodes: readonly Node[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: `${NAME}-nodes`,
    namespace: NAMESPACE,
    labels: { 'kubernetes.io/service-name': NAME, 'endpointslice.kubernetes.io/managed-by': 'portolan-cluster-dns' },
  },
  addressType: 'IPv4',
  ports: [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    { name: 'metrics', port: 9153, protocol: 'TCP' },
  ],
  endpoints: nodes
    .flatMap((node) => {
      const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
      const nodeName = node.metadata.name ?? ''
      const targetRef = { kind: 'Node', name: nodeName, uid: node.metadata.uid }
      return address
        ? [{ addresses: [address], conditions: { ready: true, serving: true, terminating: false }, nodeName, targetRef }]
        : []
    })
    .sort((a, b) => (a.nodeName < b.nodeName ? -1 : 1)),
})
