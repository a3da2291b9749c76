import type { PolicyRule, SelfSubjectRulesReviewSpec, SubjectRulesReviewStatus } from '../../api/index.ts'
import type { Core } from '../registry/core.ts'
import { badRequest } from '../http/status-error.ts'
import type { Asking, ReviewKind } from './review.ts'

/** All that I may in a namespace, by the roles I have. As upstream's `selfsubjectrulesreview`. */
function myRules(core: Core, { user, spec }: Asking<SelfSubjectRulesReviewSpec>): SubjectRulesReviewStatus {
  if (!spec.namespace) throw badRequest('no namespace on request')
  const rules = core.roles.rulesFor(user, spec.namespace)
  return {
    resourceRules: rules.filter(({ resources }) => resources?.length).map(resourceRule),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs?.length)
      .map(({ nonResourceURLs, verbs }) => ({ nonResourceURLs, verbs })),
    incomplete: false,
  }
}

const resourceRule = ({ apiGroups, resources, resourceNames, verbs }: PolicyRule) => ({
  verbs,
  apiGroups,
  resources,
  ...(resourceNames?.length && { resourceNames }),
})

export const rulesReview: ReviewKind = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  namespaced: false,
  answer: myRules,
}
