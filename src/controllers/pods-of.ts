import { controllerOf, type KubeObject, type Pod } from '../api/index.ts'
import type { Cache } from '../client/index.ts'

/** Pods by who controls them. */
export interface PodsOf {
  /** In no particular order; empty when there are none. */
  of(owner: KubeObject): readonly Pod[]
  /** The Pods of a namespace that nobody controls. */
  orphansBeside(owner: KubeObject): readonly Pod[]
}

/** Looks Pods up by an index, which it adds to `cache`. */
export function podsOf(cache: Cache<Pod>): PodsOf {
  const orphans = ({ metadata }: KubeObject): string => `orphans in ${metadata.namespace}`
  cache.addIndex('owner', (pod) => [controllerOf(pod)?.uid ?? orphans(pod)])
  return {
    of: ({ metadata }) => cache.byIndex('owner', metadata.uid ?? ''),
    orphansBeside: (owner) => cache.byIndex('owner', orphans(owner)),
  }
}
