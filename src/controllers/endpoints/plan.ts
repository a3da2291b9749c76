import { type EndpointAddress, type Endpoints, type EndpointSubset, isPodReady, type Pod, type Service } from '../../api/index.ts'
import { addressOf, addressTypesOf, canBeEndpoint, targetPortOn } from '../service-pods.ts'

/** As many addresses as older clients are known to bear. */
const CAPACITY = 1000
export const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity'
export const MANAGED_BY = 'endpoints.kubernetes.io/managed-by'
const CONTROLLER = 'endpoint-controller'

interface Entry {
  readonly ports: string
  readonly address: EndpointAddress
  readonly ready: boolean
}

/** The Endpoints object of a Service, in its primary family, for clients from before EndpointSlices. Source: pkg/controller/endpoint. */
export function desiredEndpoints(service: Service, pods: readonly Pod[]): Endpoints {
  const all = pods.flatMap((pod) => entryOf(service, pod)).sort((a, b) => (a.address.ip < b.address.ip ? -1 : 1))
  // Ready addresses first: they are the last to be left out.
  const kept = [...all.filter((entry) => entry.ready), ...all.filter((entry) => !entry.ready)].slice(0, CAPACITY)
  const { name, namespace, labels = {} } = service.metadata
  const headless: Record<string, string> = service.spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      namespace,
      labels: { ...labels, ...headless, [MANAGED_BY]: CONTROLLER },
      ...(all.length > CAPACITY ? { annotations: { [OVER_CAPACITY]: 'truncated' } } : {}),
    },
    subsets: subsetsOf(kept),
  }
}

function entryOf(service: Service, pod: Pod): Entry[] {
  const { namespace, name, uid, deletionTimestamp } = pod.metadata
  const [family = 'IPv4'] = addressTypesOf(service)
  const ip = addressOf(pod, family)
  const unready = service.spec?.publishNotReadyAddresses !== true
  if (!ip || !canBeEndpoint(pod) || (deletionTimestamp && unready)) return []
  const ports = (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetPortOn(pod, port)
    const { name: portName, protocol = 'TCP', appProtocol } = port
    return number === undefined
      ? []
      : [{ ...(portName ? { name: portName } : {}), port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }]
  })
  const hostname = pod.spec?.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined
  const address = {
    ip,
    ...(hostname ? { hostname } : {}),
    nodeName: pod.spec?.nodeName,
    targetRef: { kind: 'Pod', namespace, name, uid },
  }
  return [{ ports: JSON.stringify(ports), address, ready: !unready || isPodReady(pod) }]
}

/** Addresses with the same ports are one subset. */
function subsetsOf(entries: readonly Entry[]): EndpointSubset[] {
  const ports = [...new Set(entries.map((entry) => entry.ports))].sort()
  return ports.map((key) => {
    const mine = entries.filter((entry) => entry.ports === key)
    const ready = mine.filter((entry) => entry.ready).map((entry) => entry.address)
    const notReady = mine.filter((entry) => !entry.ready).map((entry) => entry.address)
    const parsed: EndpointSubset['ports'] = JSON.parse(key)
    return {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ...(parsed && parsed.length > 0 ? { ports: parsed } : {}),
    }
  })
}
