/** What is asked for: Services in 10.96.0.0/16 and their endpoints, every tenth of them headless. */
import type { EndpointSlice, Service } from '../../src/api/index.ts'

export const ZONE = 'cluster.local'
const ENDPOINTS = [1, 2, 3]

export const addressOf = (index: number): string => `10.96.${index >> 8}.${index & 255}`
const endpointOf = (index: number, place: number): string => `10.${244 + place}.${index >> 8}.${index & 255}`
const isHeadless = (index: number): boolean => index % 10 === 0

export const service = (index: number, address = addressOf(index)): Service => {
  const clusterIP = isHeadless(index) ? 'None' : address
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' as const }]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${index}`, namespace: 'default' },
    spec: { clusterIP, clusterIPs: [clusterIP], ports },
  }
}

export const slice = (index: number): EndpointSlice => sliceOf(`s${index}`, `s${index}-abcde`, ENDPOINTS.map((place) => ({ ip: endpointOf(index, place), hostname: `s${index}-${place}` }))) // prettier-ignore

export interface Place {
  readonly ip: string
  readonly hostname: string
}

export const sliceOf = (of: string, name: string, places: readonly Place[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: places.map(({ ip, hostname }) => ({ addresses: [ip], hostname, conditions: { ready: true } })),
})

/** What Pods ask: names that exist, their empty AAAA, what a search path misses on its way, SRV and PTR. As dnsperf reads it. */
export function* questions(count: number): Generator<string> {
  for (let index = 0; index < count; index++) {
    const name = `s${index}.default.svc.${ZONE}`
    yield `${name} A`
    yield `${name} AAAA`
    yield `${name}.default.svc.${ZONE} A`
    yield `s${index}.svc.${ZONE} A`
    yield `_http._tcp.${name} SRV`
    yield `${index & 255}.${index >> 8}.96.10.in-addr.arpa PTR`
  }
}

/** The same names for a server that reads zone files: the cluster's zone, and the one of its addresses. */
export function zones(count: number): { readonly forward: string; readonly backward: string } {
  const soa = `@ SOA ns.dns.${ZONE}. hostmaster.${ZONE}. 1 7200 1800 86400 5\n@ NS ns.dns.${ZONE}.\n`
  const forward = [`$ORIGIN ${ZONE}.\n$TTL 5\n${soa}ns.dns A 127.0.0.1`]
  const backward = [`$ORIGIN 96.10.in-addr.arpa.\n$TTL 5\n${soa}`]
  for (let index = 0; index < count; index++) {
    const name = `s${index}.default.svc`
    if (!isHeadless(index)) {
      forward.push(`${name} A ${addressOf(index)}`, `_http._tcp.${name} SRV 0 100 80 ${name}`)
      backward.push(`${index & 255}.${index >> 8} PTR ${name}.${ZONE}.`)
      continue
    }
    for (const place of ENDPOINTS) {
      const own = `s${index}-${place}.${name}`
      forward.push(`${name} A ${endpointOf(index, place)}`, `${own} A ${endpointOf(index, place)}`, `_http._tcp.${name} SRV 0 33 8080 ${own}`) // prettier-ignore
    }
  }
  return { forward: `${forward.join('\n')}\n`, backward: `${backward.join('\n')}\n` }
}
