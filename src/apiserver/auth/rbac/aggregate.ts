import { isSelectorError, labelSelectorPredicate } from '../../../api/machinery/index.ts'
import type { LabelPredicate } from '../../../api/machinery/index.ts'
import type { ClusterRole, LabelSelector, PolicyRule } from '../../../api/index.ts'

/**
 * The rules of all roles that an aggregated role selects, each said once; the role itself is none of them. As upstream's
 * `clusterroleaggregation` controller. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 */
export function aggregatedRules({ aggregationRule, metadata }: ClusterRole, all: Iterable<ClusterRole>): PolicyRule[] {
  const selectors = (aggregationRule?.clusterRoleSelectors ?? []).map(predicate)
  const chosen = [...all].filter(
    (role) => role.metadata.name !== metadata.name && selectors.some((matches) => matches(role.metadata.labels)),
  )
  chosen.sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
  const byText = new Map(chosen.flatMap(({ rules }) => rules ?? []).map((rule) => [JSON.stringify(rule), rule]))
  return [...byText.values()]
}

/** A selector that can't be read selects nothing. */
function predicate(selector: LabelSelector): LabelPredicate {
  try {
    return labelSelectorPredicate(selector)
  } catch (error) {
    if (!isSelectorError(error)) throw error
    return () => false
  }
}
