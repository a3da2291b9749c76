import {
  controllerOf,
  type LabelPredicate,
  labelSelectorPredicate,
  matchesLabels,
  type Pod,
  replicaSets,
  replicationControllers,
  services,
  statefulSets,
} from '../api/index.ts'
import { byNamespace, type Caches } from '../client/index.ts'

/** Tells by what the Pods are known that do the same as one. */
export interface Siblings {
  /** Undefined when no Service and no controller selects the Pod. */
  of(pod: Pod): LabelPredicate | undefined
}

/**
 * Pods of the same Services and the same controller: what is spread unless a Pod says otherwise.
 * Source: pkg/scheduler/framework/plugins/helper/spread.go DefaultSelector.
 */
export async function followSiblings(caches: Caches): Promise<Siblings> {
  const serviceCache = caches.of(services)
  const [sets, controllers, stateful] = [caches.of(replicaSets), caches.of(replicationControllers), caches.of(statefulSets)]
  await Promise.all([serviceCache, sets, controllers, stateful].map((cache) => cache.whenSynced()))
  const servicesIn = serviceCache.indexBy(byNamespace)

  const ownerSelects = ({ metadata, ...pod }: Pod): LabelPredicate | undefined => {
    const owner = controllerOf({ metadata, ...pod })
    const key = `${metadata.namespace}/${owner?.name}`
    if (owner?.kind === 'ReplicationController') {
      const selector = controllers.get(key)?.spec?.selector
      return selector && ((labels) => matchesLabels(selector, labels))
    }
    const set = owner?.kind === 'ReplicaSet' ? sets.get(key) : owner?.kind === 'StatefulSet' ? stateful.get(key) : undefined
    return set && labelSelectorPredicate(set.spec?.selector)
  }
  return {
    of(pod) {
      const { namespace = '', labels } = pod.metadata
      const selectors = servicesIn(namespace).map(({ spec }) => spec?.selector)
      const predicates = selectors
        .filter((selector) => matchesLabels(selector, labels))
        .map(
          (selector): LabelPredicate =>
            (other) =>
              matchesLabels(selector, other),
        )
      const owned = ownerSelects(pod)
      const all = owned ? [...predicates, owned] : predicates
      return all.length === 0 ? undefined : (other) => all.every((holds) => holds(other))
    },
  }
}
