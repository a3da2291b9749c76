import type { PersistentVolumeClaim, Pod } from '../../../api/index.ts'
import { podReferences } from '../../../api/machinery/index.ts'
import type { Store } from '../../../store/index.ts'
import type { Kinds } from '../../registry/core.ts'
import type { Indexes } from '../../selection/selected.ts'

/** An object that a node may want to read because a Pod of its own needs it. */
export interface Wanted {
  readonly plural: string
  readonly namespace: string
  readonly name: string
}

/** Whether a Pod that was given to `node` needs the object: node ← Pod ← Secret, node ← Pod ← claim ← volume, and so on. */
export type IsRelated = (node: string, wanted: Wanted) => boolean

/**
 * Looks into the node's Pods when it is asked. Upstream keeps a graph (`plugin/pkg/auth/authorizer/node/graph.go`); a node
 * has a hundred Pods and asks when one of them starts.
 */
export function relations(store: Store, kinds: Kinds, indexes: Indexes): IsRelated {
  const podsOf = (node: string): Pod[] => {
    const kind = kinds.find('', 'v1', 'pods')
    const keys = kind ? indexes.of(kind).byField('spec.nodeName', [node]) : []
    return keys.flatMap((key) => parsed<Pod>(store, key) ?? [])
  }
  return (node, wanted) => podsOf(node).some((pod) => needs(store, pod, wanted))
}

function needs(store: Store, pod: Pod, { plural, namespace, name }: Wanted): boolean {
  if (plural !== 'persistentvolumes' && pod.metadata.namespace !== namespace) return false
  switch (plural) {
    case 'pods':
      return pod.metadata.name === name
    case 'serviceaccounts':
      return pod.spec?.serviceAccountName === name
    case 'secrets':
      return podReferences(pod).secrets.has(name)
    case 'configmaps':
      return podReferences(pod).configMaps.has(name)
    case 'persistentvolumeclaims':
      return podReferences(pod).claims.has(name)
    case 'persistentvolumes':
      return [...podReferences(pod).claims].some((claim) => volumeOf(store, pod.metadata.namespace, claim) === name)
    default:
      return false
  }
}

const volumeOf = (store: Store, namespace = '', claim: string): string | undefined =>
  parsed<PersistentVolumeClaim>(store, `//persistentvolumeclaims/${namespace}/${claim}`)?.spec?.volumeName

function parsed<T>(store: Store, key: string): T | undefined {
  const entry = store.get(key)
  return entry && (JSON.parse(entry.value.toString()) as T)
}
