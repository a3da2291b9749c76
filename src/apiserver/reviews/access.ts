import type { NonResourceAttributes, ResourceAttributes, SubjectAccessReviewSpec, SubjectAccessReviewStatus } from '../../api/index.ts' // prettier-ignore
import { decide } from '../auth/authorize.ts'
import type { Attributes } from '../auth/authorize.ts'
import type { User } from '../auth/user.ts'
import type { Core } from '../registry/core.ts'
import { invalidReview } from './review.ts'
import type { Asking, ReviewKind } from './review.ts'

const GROUP = 'authorization.k8s.io'

type Spec = SubjectAccessReviewSpec

async function mySelf(core: Core, { user, spec }: Asking<Spec>): Promise<SubjectAccessReviewStatus> {
  return answer(core, attributesOf('SelfSubjectAccessReview', user, spec))
}

async function somebody(core: Core, { spec }: Asking<Spec>): Promise<SubjectAccessReviewStatus> {
  return answer(core, attributesOf('SubjectAccessReview', subjectOf('SubjectAccessReview', spec), spec))
}

async function somebodyHere(core: Core, { spec, namespace }: Asking<Spec>): Promise<SubjectAccessReviewStatus> {
  const kind = 'LocalSubjectAccessReview'
  const { resourceAttributes } = spec
  if (resourceAttributes && resourceAttributes.namespace !== namespace) {
    throw invalidReview(`${kind}.${GROUP}`, 'spec.resourceAttributes.namespace: Invalid value: must match metadata.namespace')
  }
  return answer(core, attributesOf(kind, subjectOf(kind, spec), spec))
}

async function answer(core: Core, attributes: Attributes): Promise<SubjectAccessReviewStatus> {
  const { allowed, reason } = await decide(core.authorizer, attributes)
  return { allowed, ...(reason && { reason }) }
}

/** As upstream's `ValidateSubjectAccessReviewSpec`. */
function subjectOf(kind: string, { user = '', groups = [], uid, extra }: Spec): User {
  if (user === '' && groups.length === 0) {
    throw invalidReview(`${kind}.${GROUP}`, 'spec.user: Invalid value: "": at least one of user or group must be specified')
  }
  return { name: user, groups, uid, extra }
}

function attributesOf(kind: string, user: User, { resourceAttributes, nonResourceAttributes }: Spec): Attributes {
  if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined)) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
    throw invalidReview(`${kind}.${GROUP}`, `spec.resourceAttributes: Invalid value: ${why}`)
  }
  return resourceAttributes ? ofResource(user, resourceAttributes) : ofPath(user, nonResourceAttributes ?? {})
}

const ofPath = (user: User, { verb = '', path = '' }: NonResourceAttributes): Attributes => ({ user, verb, path })

const ofResource = (user: User, asked: ResourceAttributes): Attributes => {
  const { verb = '', group = '', resource: plural = '', subresource = '', namespace = '', name = '' } = asked
  return { user, verb, path: '', resource: { group, plural, subresource, namespace, name } }
}

const review = (kind: string, namespaced: boolean, ask: ReviewKind['answer']): ReviewKind => ({
  group: GROUP,
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced,
  answer: ask,
})

/** May I, may they? As upstream's `pkg/registry/authorization`. */
export const accessReviews: readonly ReviewKind[] = [
  review('LocalSubjectAccessReview', true, somebodyHere),
  review('SelfSubjectAccessReview', false, mySelf),
  review('SubjectAccessReview', false, somebody),
]
