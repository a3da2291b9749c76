import { keyOf, type Pod, pods, type Service, services } from '../api/index.ts'
import type { Cache, Caches } from '../client/index.ts'
import { hasSelector, selects } from './service-pods.ts'

export interface ServicePods {
  readonly services: Cache<Service>
  readonly pods: Cache<Pod>
  /** The Pods that a Service selects, whatever state they are in. */
  podsOf(service: Service): Pod[]
}

/**
 * Which Services a Pod is behind, and which Pods a Service has. `changed` is told the key of every Service whose endpoints may
 * be different now: the Service changed, or a Pod came, went, or changed in or out of its selection.
 */
export function followServicePods(caches: Caches, changed: (serviceKey: string) => void): ServicePods {
  const podCache = caches.of(pods)
  const serviceCache = caches.of(services)
  // One requirement of the selector is enough to find the few Services that may select a Pod among thousands.
  const [podsWith, servicesWith] = [podCache.indexBy(labelKeys), serviceCache.indexBy(selectorKeys)]

  serviceCache.onChange((after, before) => changed(keyOf((after ?? before)!)))
  podCache.onChange((after, before) => {
    const affected = new Set<string>()
    for (const pod of [after, before]) {
      if (!pod) continue
      for (const service of labelKeys(pod).flatMap(servicesWith)) if (selects(service, pod)) affected.add(keyOf(service))
    }
    for (const key of affected) changed(key)
  })
  return {
    services: serviceCache,
    pods: podCache,
    podsOf: (service) =>
      selectorKeys(service)
        .flatMap(podsWith)
        .filter((pod) => selects(service, pod)),
  }
}

const labelKey = (namespace: string | undefined, key: string, value: string): string => `${namespace}\0${key}=${value}`

const labelKeys = ({ metadata }: Pod): string[] =>
  Object.entries(metadata.labels ?? {}).map(([key, value]) => labelKey(metadata.namespace, key, value))

/** The first requirement by name; any would do as long as it is always the same. */
function selectorKeys(service: Service): string[] {
  if (!hasSelector(service)) return []
  const [key = ''] = Object.keys(service.spec?.selector ?? {}).sort()
  return [labelKey(service.metadata.namespace, key, service.spec?.selector?.[key] ?? '')]
}
