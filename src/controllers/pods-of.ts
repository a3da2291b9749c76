import { controllerOf, type KubeObject, type Pod } from '../api/index.ts'
import type { Cache } from '../client/index.ts'

/** Pods by who controls them. */
export interface PodsOf {
  /** In no particular order; empty when there are none. */
  of(owner: KubeObject): readonly Pod[]
  /** The Pods of a namespace that nobody controls. */
  orphansBeside(owner: KubeObject): readonly Pod[]
}

/** Looks Pods up by an index of `cache`. */
export function podsOf(cache: Cache<Pod>): PodsOf {
  const owned = cache.indexBy(byOwner)
  return { of: ({ metadata }) => owned(metadata.uid ?? ''), orphansBeside: (owner) => owned(orphans(owner)) }
}

const byOwner = (pod: Pod): string[] => [controllerOf(pod)?.uid ?? orphans(pod)]
const orphans = ({ metadata }: KubeObject): string => `orphans in ${metadata.namespace}`
