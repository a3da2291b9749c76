import type { TokenReviewSpec, TokenReviewStatus, UserInfo } from '../../api/index.ts'
import type { User } from '../auth/user.ts'
import { badRequest } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { TokenError } from '../tokens/token-error.ts'
import type { Asking, ReviewKind } from './review.ts'

const GROUP = 'authentication.k8s.io'

const userInfo = ({ name, uid, groups, extra }: User): UserInfo => ({
  username: name,
  ...(uid && { uid }),
  groups,
  ...(extra && { extra }),
})

function reviewToken(core: Core, { spec }: Asking<TokenReviewSpec>): TokenReviewStatus {
  const { token, audiences } = spec
  if (typeof token !== 'string' || token === '') throw badRequest('token is required for TokenReview in authentication')
  try {
    const believed = core.tokens?.believe(core, token, audiences?.length ? audiences : undefined)
    if (!believed) return { user: {} }
    return { authenticated: true, user: userInfo(believed.user), audiences: believed.audiences }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    return { user: {}, error: error.message }
  }
}

/** Whose token is that, and who am I? */
export const identityReviews: readonly ReviewKind[] = [
  { group: GROUP, version: 'v1', kind: 'TokenReview', plural: 'tokenreviews', namespaced: false, answer: reviewToken },
  {
    group: GROUP,
    version: 'v1',
    kind: 'SelfSubjectReview',
    plural: 'selfsubjectreviews',
    namespaced: false,
    answer: (_core, { user }) => ({ userInfo: userInfo(user) }),
  },
]
