import { matchesNodeAffinity, type NodeSelectorTerm, type Pod, repels, untoleratedTaints } from '../api/index.ts'
import { type Filter, lastingMisfit, misfit } from './cluster.ts'
import { collides, lacking } from './resources.ts'

const UNSCHEDULABLE = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

/** Pods that are meant for certain nodes by name, as DaemonSets' are, are not even tried on others. */
export const isNamed: Filter = (pod) => {
  const names = namesOf(pod)
  const other = lastingMisfit("node(s) didn't satisfy plugin(s) [NodeAffinity]")
  return ({ node }) => (names === undefined || names.has(node.metadata.name ?? '') ? undefined : other)
}

/** The nodes that each of the required terms names; undefined when one of them names none. */
function namesOf({ spec }: Pod): ReadonlySet<string> | undefined {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const named = ({ matchFields = [] }: NodeSelectorTerm): readonly string[] | undefined =>
    matchFields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In')?.values
  const names = terms.map(named)
  return names.length > 0 && names.every((some) => some !== undefined) ? new Set(names.flat()) : undefined
}

export const isOpen: Filter = (pod) => {
  const tolerated = untoleratedTaints(pod, [UNSCHEDULABLE]).length === 0
  return ({ node }) => (node.spec?.unschedulable && !tolerated ? lastingMisfit('node(s) were unschedulable') : undefined)
}

/** Which taint it is the message doesn't say: taints may be nobody's business but the cluster's. */
export const isTolerated: Filter = (pod) => (place) =>
  untoleratedTaints(pod, place.node.spec?.taints).some(repels) ? lastingMisfit('node(s) had untolerated taint(s)') : undefined

export const isAskedFor: Filter = (pod) => (place) =>
  matchesNodeAffinity(pod, place.node) ? undefined : lastingMisfit("node(s) didn't match Pod's node affinity/selector")

export const hasPorts: Filter = (pod) => (place) =>
  collides(pod, place.use) ? misfit("node(s) didn't have free ports for the requested pod ports") : undefined

export const hasRoom: Filter = (pod) => (place) => {
  const lacks = lacking(pod, place.node, place.use)
  if (lacks.length === 0) return undefined
  return { reasons: lacks.map(({ reason }) => reason), lasting: lacks.some(({ never }) => never) }
}

export const hasVolumes: Filter =
  (_, { obstacle }) =>
  () =>
    obstacle && 'onNode' in obstacle ? lastingMisfit(obstacle.onNode) : undefined
