import type { Pod, Service, ServicePort } from '../api/index.ts'
import { isPodOver, matchesLabels } from '../api/index.ts'
import { isIPv6 } from '../lib/index.ts'

/** A Service whose endpoints somebody else keeps, by hand or otherwise, has no selector. */
export function hasSelector(service: Service): boolean {
  const selector = service.spec?.selector
  return selector !== undefined && Object.keys(selector).length > 0 && service.spec?.type !== 'ExternalName'
}

export const selects = (service: Service, pod: Pod): boolean =>
  hasSelector(service) && matchesLabels(service.spec?.selector, pod.metadata.labels)

/** Whether a Pod can be an endpoint: it has an address and has not ended. Terminating ones are, until they have. */
export const canBeEndpoint = (pod: Pod): boolean => Boolean(pod.status?.podIP) && !isPodOver(pod)

export type AddressType = 'IPv4' | 'IPv6'

/**
 * The address families of a Service, its primary one first. An API server from before dual-stack says none: then a cluster IP tells,
 * and a headless Service has both. Source: staging/src/k8s.io/endpointslice/utils.go getAddressTypesForService.
 */
export function addressTypesOf({ spec }: Service): readonly AddressType[] {
  const { ipFamilies = [], clusterIP = '' } = spec ?? {}
  if (ipFamilies.length > 0) return ipFamilies.map((family) => (family === 'IPv6' ? 'IPv6' : 'IPv4'))
  if (clusterIP === '' || clusterIP === 'None') return ['IPv4', 'IPv6']
  return [isIPv6(clusterIP) ? 'IPv6' : 'IPv4']
}

/** A Pod's address of one family; undefined when it has none. */
export function addressOf({ status }: Pod, type: AddressType): string | undefined {
  const addresses = status?.podIPs?.map(({ ip }) => ip) ?? [status?.podIP]
  return addresses.find((ip) => ip !== undefined && isIPv6(ip) === (type === 'IPv6'))
}

/**
 * The number that a Service's target port is on this Pod: a number is itself, a name is looked up among the ports of its
 * containers and sidecars, by protocol. Undefined when the Pod has no such port. Source: pkg/api/v1/pod FindPort.
 */
export function targetPortOn(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always')
  const ports = [...(pod.spec?.containers ?? []), ...sidecars].flatMap((container) => container.ports ?? [])
  return ports.find((candidate) => candidate.name === target && (candidate.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))
    ?.containerPort
}
