import {
  type Node,
  type NodeSelectorRequirement,
  type NodeSelectorTerm,
  type Pod,
  type Taint,
  type Toleration,
} from '../../api/index.ts'

/** Whether a node is to have this Pod, and whether it may keep one that it has. */
export interface Eligibility {
  readonly mayStart: boolean
  readonly mayStay: boolean
}

/**
 * What a node is to a DaemonSet's Pod, resources aside: whether they suffice is for the scheduler, and a Pod that must wait
 * for them still counts as wanted. Source: pkg/controller/daemon/daemon_controller.go NodeShouldRunDaemonPod.
 */
export function eligibility({ spec }: Pod, node: Node): Eligibility {
  const { nodeName, nodeSelector = {}, affinity, tolerations = [] } = spec ?? {}
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  const isMeant =
    (!nodeName || nodeName === node.metadata.name) &&
    Object.entries(nodeSelector).every(([key, value]) => node.metadata.labels?.[key] === value) &&
    (terms === undefined || terms.some((term) => matchesTerm(term, node)))
  const taints = (node.spec?.taints ?? []).filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)))
  const repels = (...effects: string[]): boolean => taints.some(({ effect }) => effects.includes(effect))
  return { mayStart: isMeant && !repels('NoSchedule', 'NoExecute'), mayStay: isMeant && !repels('NoExecute') }
}

/** Within a term everything must hold; a term that asks for nothing matches no node. */
function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, { metadata }: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false
  const fields = { 'metadata.name': metadata.name ?? '' }
  return (
    matchExpressions.every((requirement) => holds(requirement, metadata.labels ?? {})) &&
    matchFields.every((requirement) => holds(requirement, fields))
  )
}

function holds({ key, operator, values = [] }: NodeSelectorRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[key]
  if (operator === 'NotIn') return value === undefined || !values.includes(value)
  if (operator === 'DoesNotExist') return value === undefined
  if (value === undefined) return false
  if (operator === 'In') return values.includes(value)
  if (operator === 'Gt') return Number(value) > Number(values[0])
  return operator === 'Lt' ? Number(value) < Number(values[0]) : operator === 'Exists'
}

/** Source: core/v1 Toleration. An empty key with `Exists` is every taint, an empty effect every effect. */
function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false
  if (key ? key !== taint.key : operator !== 'Exists') return false
  return operator === 'Exists' || value === (taint.value ?? '')
}
