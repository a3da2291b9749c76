import type { HttpRequest, HttpResponse } from '../../wire/index.ts'
import type { User } from '../auth/user.ts'
import { jsonBody } from '../http/body.ts'
import { mustTakeObjects } from '../http/representation.ts'
import type { RequestInfo } from '../http/request-info.ts'
import { jsonResponse } from '../http/respond.ts'
import { badRequest, methodNotAllowed } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { accessReviews } from './access.ts'
import { identityReviews } from './identity.ts'
import type { Review, ReviewKind } from './review.ts'
import { rulesReview } from './rules.ts'

export type { ReviewKind } from './review.ts'

/** Questions that the server answers: who is that, and what may they do? */
export const reviewKinds: readonly ReviewKind[] = [...identityReviews, ...accessReviews, rulesReview]

export const reviewOf = (group: string, version: string, plural: string): ReviewKind | undefined =>
  reviewKinds.find((review) => review.plural === plural && review.group === group && review.version === version)

/** The question with its answer. Throws MethodNotAllowed for anything but a POST. */
export async function answerReview(
  core: Core,
  review: ReviewKind,
  { http, info, user }: { http: HttpRequest; info: RequestInfo; user: User },
): Promise<HttpResponse> {
  if (info.verb !== 'create') throw methodNotAllowed(review, info.verb)
  mustTakeObjects(http.headers['accept'])
  const asked = jsonBody<Review | null>(http)
  if (typeof asked !== 'object' || asked === null) throw badRequest('the body of the request is no object')
  if (asked.kind && asked.kind !== review.kind) throw badRequest(`cannot handle a ${asked.kind} as a ${review.kind}`)
  const spec = typeof asked.spec === 'object' && asked.spec !== null ? asked.spec : {}
  const asking = { user, namespace: info.resource?.namespace ?? '', spec: spec as never, http }
  const { kind, group, version } = review
  return jsonResponse(201, {
    kind,
    apiVersion: `${group}/${version}`,
    metadata: { ...asked.metadata, creationTimestamp: null },
    ...(asked.spec !== undefined && { spec: asked.spec }),
    status: await review.answer(core, asking),
  })
}
