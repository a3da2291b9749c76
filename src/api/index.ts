/**
 * The nouns, and the few things that every component asks about them. What the API server alone needs of a kind has
 * doors of its own: `kinds/`, `machinery/`, `decode/`, `patch/`, `openapi/`.
 */
export type * from './generated/types.gen.ts'
export { semanticEqual } from './equal.ts'
export { isSelectorError, labelSelectorPredicate, matchesLabels, parseLabelSelector } from './label-selectors.ts'
export type { LabelPredicate, Labels } from './label-selectors.ts'
export { selectorText } from './labels.ts'
export { matchesNodeAffinity, matchesNodeTerm } from './node-selectors.ts'
export type { Draft, KubeObject, ObjectList, Resource, Written } from './object.ts'
export { apiVersionOf, keyOf } from './object.ts'
export { controllerOf, controllerReference, isControlledBy } from './owners.ts'
export { isPodOver, isPodReady, podCondition, type PodConditionDraft, withPodCondition } from './pods.ts'
export { qosClass } from './core/pod/qos.ts'
export { type Amounts, podLimits, podRequests } from './core/pod/requests.ts'
export { compareQuantities, parseQuantity, quantityMilliValue, quantityValue } from './quantity.ts'
export * from './resources.ts'
export { repels, tolerates, untoleratedTaints } from './taints.ts'
export { serviceKeysOf } from './discovery/service-keys.ts'
