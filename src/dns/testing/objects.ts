import type { EndpointSlice, Service } from '../../api/index.ts'

/** The address plan of this component's tests: cluster IPs 10.96.0.x, Pods 10.244.0.x, namespace `default`, zone `cluster.local`. */
export const OPTIONS = { zone: 'cluster.local', ttl: 5 } as const

export const service = (name: string, spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...spec },
})

export const clusterIP = (name: string, ip: string): Service => service(name, { clusterIP: ip, clusterIPs: [ip] })

export const headless = (name: string, spec: Service['spec'] = {}): Service =>
  service(name, { clusterIP: 'None', clusterIPs: ['None'], ...spec })

export const externalName = (name: string, target: string): Service =>
  service(name, { type: 'ExternalName', externalName: target })

export interface Place {
  readonly ip: string
  readonly hostname?: string
  readonly ready?: boolean
}

export const slice = (of: string, places: readonly Place[], { name = `${of}-abcde`, port = 8080 } = {}): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': of } },
  addressType: places[0]?.ip.includes(':') ? 'IPv6' : 'IPv4',
  ports: [{ name: 'http', port, protocol: 'TCP' }],
  endpoints: places.map(({ ip, hostname, ready }) => ({
    addresses: [ip],
    ...(hostname ? { hostname } : {}),
    conditions: ready === undefined ? {} : { ready },
  })),
})
