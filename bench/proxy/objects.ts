import type { EndpointSlice, Service } from '../../src/api/index.ts'

/** As kubectl makes it. */
export const serviceOf = (name: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
})

export interface Backend {
  readonly address: string
  readonly port: number
}

/** As the EndpointSlice controller makes it, all of whose fields are there. */
export const sliceOf = (service: string, addresses: readonly string[], port = 8080): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: `${service}-x7k2p`,
    namespace: 'default',
    labels: {
      'kubernetes.io/service-name': service,
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    },
    annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' },
  },
  addressType: 'IPv4',
  endpoints: addresses.map((address, i) => ({
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node${1 + (i % 2)}`,
    targetRef: {
      kind: 'Pod',
      namespace: 'default',
      name: `${service}-7d9c6b8f5d-${(46_656 + i).toString(36)}`,
      uid: `6f1c2f4e-8a55-4f0e-9d0e-${String(i).padStart(12, '0')}`,
    },
  })),
  ports: [{ name: '', port, protocol: 'TCP' }],
})

/** Addresses of Pods that nobody has. */
export function podAddresses(count: number, first: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const n = (first + i) % 65_000
    return `10.244.${n >> 8}.${1 + (n & 0x7f)}`
  })
}
