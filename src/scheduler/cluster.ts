import type { LabelPredicate, Labels, Node, Pod } from '../api/index.ts'
import type { Obstacle } from './claims.ts'
import type { NodeUse } from './resources.ts'

/** A node with the Pods that run there. */
export interface Place {
  readonly node: Node
  /** Those that are bound to the node and have not ended; terminating ones too. */
  readonly pods: readonly Pod[]
  readonly use: NodeUse
}

/** What a decision about one Pod is made on. */
export interface Cluster {
  readonly places: readonly Place[]
  readonly namespaceLabels: (namespace: string) => Labels | undefined
  /**
   * What the Pods that do the same as this one have in common: its Services' and its controller's selectors. Undefined when
   * it has neither, and need not be spread unless it says so itself.
   */
  readonly siblings: LabelPredicate | undefined
  /** What is the matter with the claims that the Pod mounts. */
  readonly obstacle?: Obstacle | undefined
}

/** Why a Pod can't run on a node. */
export interface Misfit {
  /** In upstream's words. */
  readonly reasons: readonly string[]
  /** Whether it would be the same with no other Pod on the node. */
  readonly lasting: boolean
}

/** Asks about one Pod; what is the same for every node is worked out first. */
export type Filter = (pod: Pod, cluster: Cluster) => (place: Place) => Misfit | undefined

/** How well each of the places that fit would do, from 0 to {@link BEST}. */
export type Score = (pod: Pod, cluster: Cluster, fitting: readonly Place[]) => readonly number[]

export const BEST = 100

export const misfit = (reason: string): Misfit => ({ reasons: [reason], lasting: false })
export const lastingMisfit = (reason: string): Misfit => ({ reasons: [reason], lasting: true })
