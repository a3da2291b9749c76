import { type DaemonSetStatus, isPodReady } from '../../api/index.ts'
import { isAvailable, isNew, type Picture, placesOf } from './places.ts'

/**
 * What the status should say. A node counts by the Pod that came first, so that while an update surges the old one speaks for
 * it. Undefined is none, which is how upstream leaves out zeros. Source: pkg/controller/daemon updateDaemonSetStatus.
 */
export function statusOf(picture: Picture, collisionCount: number) {
  const places = placesOf(picture)
  const wanted = places.filter(({ mayStart }) => mayStart)
  const first = wanted.flatMap(({ pods }) => pods.slice(0, 1))
  const ready = first.filter(isPodReady)
  const numberAvailable = ready.filter((pod) => isAvailable(picture, pod)).length
  return {
    observedGeneration: picture.set.metadata.generation ?? 0,
    desiredNumberScheduled: wanted.length,
    currentNumberScheduled: first.length,
    numberMisscheduled: places.filter(({ mayStart, pods }) => !mayStart && pods.length > 0).length,
    numberReady: ready.length,
    updatedNumberScheduled: first.filter((pod) => isNew(picture, pod)).length || undefined,
    numberAvailable: numberAvailable || undefined,
    numberUnavailable: wanted.length - numberAvailable || undefined,
    collisionCount: collisionCount || undefined,
  } satisfies { readonly [field in keyof DaemonSetStatus]: DaemonSetStatus[field] | undefined }
}
