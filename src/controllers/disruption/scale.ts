import {
  controllerOf,
  deployments,
  type KubeObject,
  type OwnerReference,
  type Pod,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../../api/index.ts'
import type { Cache, Caches } from '../../client/index.ts'

interface Scaled extends KubeObject {
  readonly spec?: { readonly replicas?: number }
}

/** How many Pods the controllers of some Pods want, all together, and which of those Pods have none; or why it can't be said. */
export type Scale = { readonly replicas: number; readonly isManaged: boolean } | { readonly unknown: string }

/** Kinds of controllers that don't say how many Pods they want. */
const WITHOUT_SCALE: Readonly<Record<string, string>> = { Job: 'jobs.batch', DaemonSet: 'daemonsets.apps' }

/** Follows who wants how many Pods. */
export class Scales {
  readonly caches: readonly Cache<KubeObject>[]

  constructor(caches: Caches) {
    this.caches = [caches.of(replicaSets), caches.of(deployments), caches.of(replicationControllers), caches.of(statefulSets)]
  }

  /** Source: pkg/controller/disruption getExpectedScale. */
  of(pods: readonly Pod[]): Scale {
    const wanted = new Map<string | undefined, number>()
    let isManaged = true
    for (const pod of pods) {
      const reference = controllerOf(pod)
      if (!reference) {
        isManaged = false
        continue
      }
      const plural = WITHOUT_SCALE[reference.kind]
      if (plural) return { unknown: `${plural} does not implement the scale subresource` }
      const controller = this.#find(reference, pod)
      if (!controller) return { unknown: `found no controllers for pod "${pod.metadata.name}"` }
      wanted.set(controller.metadata.uid, controller.spec?.replicas ?? 1)
    }
    return { replicas: [...wanted.values()].reduce((sum, each) => sum + each, 0), isManaged }
  }

  /** The Deployment of a ReplicaSet counts instead: the ReplicaSets of a rollout come and go. */
  #find({ kind, name, uid }: OwnerReference, { metadata }: KubeObject): Scaled | undefined {
    const found = this.caches.find(({ resource }) => resource.kind === kind)?.get(`${metadata.namespace}/${name}`)
    if (found?.metadata.uid !== uid) return undefined
    const reference = found && controllerOf(found)
    return reference ? this.#find(reference, found) : found
  }
}
