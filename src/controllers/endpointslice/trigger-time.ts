import type { Endpoint, EndpointSlice, Pod, Service } from '../../api/index.ts'

/** From which proxies tell how long a change took to reach the kernel: kubeproxy_network_programming_duration_seconds. */
export const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time'

export interface TriggerOptions {
  readonly service: Service
  readonly pods: readonly Pod[]
  /** The slices that the Service had before. */
  readonly existing: readonly EndpointSlice[]
}

/**
 * The slices of a plan with the time of what made them necessary: for the first slices of a Service its creation, else the earliest
 * turn of a Pod's readiness that they tell. Nothing for other changes, of which nobody knows when they were. Source:
 * staging/src/k8s.io/endpointslice/trigger_time_tracker.go.
 */
export function withTriggerTimes(slices: readonly EndpointSlice[], options: TriggerOptions): readonly EndpointSlice[] {
  const { service, pods, existing } = options
  if (slices.length === 0) return slices
  const first = existing.length === 0 ? service.metadata.creationTimestamp : undefined
  const before = new Map(existing.flatMap((slice) => (slice.endpoints ?? []).map((endpoint) => [idOf(endpoint), endpoint])))
  const turned = new Map(pods.map((pod) => [pod.metadata.uid, readinessTurned(pod)]))
  return slices.map((slice) => {
    const changed = (slice.endpoints ?? []).filter((endpoint) => readinessDiffers(endpoint, before.get(idOf(endpoint))))
    const times = changed.flatMap(({ targetRef }) => turned.get(targetRef?.uid) ?? [])
    const time = first ?? times.toSorted()[0]
    return time === undefined ? slice : annotated(slice, time)
  })
}

const idOf = ({ addresses, targetRef }: Endpoint): string => `${targetRef?.uid} ${addresses[0]}`

const readinessDiffers = (after: Endpoint, before: Endpoint | undefined): boolean =>
  after.conditions?.serving !== before?.conditions?.serving

const readinessTurned = (pod: Pod): string | undefined =>
  pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? undefined

const annotated = (slice: EndpointSlice, time: string): EndpointSlice => ({
  ...slice,
  metadata: { ...slice.metadata, annotations: { ...slice.metadata.annotations, [LAST_CHANGE]: time } },
})
