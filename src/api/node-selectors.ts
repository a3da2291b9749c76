import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod } from './generated/types.gen.ts'
import { labelOf, type Labels } from './label-selectors.ts'

/**
 * Whether a node is one that a Pod's `nodeSelector` and required node affinity ask for; any is when they ask for nothing.
 * Source: component-helpers/scheduling/corev1/nodeaffinity.
 */
export function matchesNodeAffinity({ spec }: Pod, node: Node): boolean {
  const wanted = Object.entries(spec?.nodeSelector ?? {})
  if (wanted.some(([key, value]) => labelOf(node.metadata.labels, key) !== value)) return false
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return terms === undefined || terms.some((term) => matchesNodeTerm(term, node))
}

/** Within a term everything must hold; a term that asks for nothing matches no node. */
export function matchesNodeTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, { metadata }: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false
  const fields = { 'metadata.name': metadata.name ?? '' }
  return (
    matchExpressions.every((requirement) => holds(requirement, metadata.labels)) &&
    matchFields.every((requirement) => holds(requirement, fields))
  )
}

function holds({ key, operator, values = [] }: NodeSelectorRequirement, labels: Labels | undefined): boolean {
  const value = labelOf(labels, key)
  if (operator === 'NotIn') return value === undefined || !values.includes(value)
  if (operator === 'DoesNotExist') return value === undefined
  if (value === undefined) return false
  if (operator === 'In') return values.includes(value)
  if (operator === 'Gt') return isInteger(value) && Number(value) > Number(values[0])
  if (operator === 'Lt') return isInteger(value) && Number(value) < Number(values[0])
  return operator === 'Exists'
}

const isInteger = (text: string): boolean => /^[+-]?\d+$/.test(text)
