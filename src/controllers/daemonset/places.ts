import { type DaemonSet, isPodOver, type Node, type Pod } from '../../api/index.ts'
import { isPodAvailable } from '../pod-availability.ts'
import { REVISION_HASH } from '../revisions.ts'
import { eligibility } from './eligible.ts'
import { anyPod, targetOf } from './pod.ts'

/** A DaemonSet and everything that decides what becomes of its Pods. */
export interface Picture {
  readonly set: DaemonSet
  /** Of the template's revision. */
  readonly hash: string
  readonly nodes: readonly Node[]
  /** Those that the set controls. */
  readonly pods: readonly Pod[]
  /** Milliseconds. */
  readonly now: number
}

/** A node and the set's Pods there, those with a node first, then by age; terminating ones too while they run. */
export interface Place {
  readonly node: string
  /** Whether the node is to have a Pod, and whether it may keep one that it has. */
  readonly mayStart: boolean
  readonly mayStay: boolean
  readonly pods: readonly Pod[]
}

/** Every node, and what is there. A Pod that has ended and is going is nowhere any more. */
export function placesOf({ set, hash, nodes, pods }: Picture): Place[] {
  const pod = anyPod(set, hash)
  const byNode = Map.groupBy(pods.filter((each) => !(isTerminating(each) && isPodOver(each))).sort(byAge), targetOf)
  return nodes.map((node) => {
    const { name = '' } = node.metadata
    return { node: name, pods: byNode.get(name) ?? [], ...eligibility(pod, node) }
  })
}

const age = ({ metadata, spec }: Pod): string =>
  [spec?.nodeName ? 0 : 1, metadata.creationTimestamp ?? '', metadata.name].join(' ')
const byAge = (a: Pod, b: Pod): number => (age(a) < age(b) ? -1 : 1)

export const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined

/** Whether a Pod is of the newest template. */
export const isNew = ({ hash }: Picture, pod: Pod): boolean => pod.metadata.labels?.[REVISION_HASH] === hash

export const isAvailable = ({ set, now }: Picture, pod: Pod): boolean => isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, now)
