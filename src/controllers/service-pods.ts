import type { Pod, Service, ServicePort } from '../api/index.ts'
import { isPodOver, matchesLabels } from '../api/index.ts'

/** A Service whose endpoints somebody else keeps, by hand or otherwise, has no selector. */
export function hasSelector(service: Service): boolean {
  const selector = service.spec?.selector
  return selector !== undefined && Object.keys(selector).length > 0 && service.spec?.type !== 'ExternalName'
}

export const selects = (service: Service, pod: Pod): boolean =>
  hasSelector(service) && matchesLabels(service.spec?.selector, pod.metadata.labels)

/** Whether a Pod can be an endpoint: it has an address and has not ended. Terminating ones are, until they have. */
export const canBeEndpoint = (pod: Pod): boolean => Boolean(pod.status?.podIP) && !isPodOver(pod)

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
