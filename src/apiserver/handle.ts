import { messageOf } from '../lib/index.ts'
import type { HttpRequest, HttpResponse } from '../wire/index.ts'
import { mustBeAllowed } from './auth/authorize.ts'
import { actingUser } from './auth/impersonate.ts'
import type { User } from './auth/user.ts'
import { forwardToKubelet, forwardToProxied } from './connect/forward.ts'
import { routeOf } from './connect/route.ts'
import { verbsOf } from './discovery/discovery.ts'
import { requestInfoOf } from './http/request-info.ts'
import type { RequestInfo } from './http/request-info.ts'
import { checkTimeout } from './http/request-timeout.ts'
import { compressed, statusResponse, withWarnings } from './http/respond.ts'
import { badRequest, internalError, methodNotAllowed, noSuchResource, StatusError } from './http/status-error.ts'
import type { KubeletTls } from './options.ts'
import type { Core } from './registry/core.ts'
import { answerReview, reviewOf } from './reviews/index.ts'
import { subresources } from './subresources/index.ts'
import { create } from './verbs/create.ts'
import { remove, removeCollection } from './verbs/delete.ts'
import { get } from './verbs/get.ts'
import { list } from './verbs/list.ts'
import { patch } from './verbs/patch.ts'
import { resourceRequest } from './verbs/request.ts'
import type { ResourceRequest } from './verbs/request.ts'
import { update } from './verbs/update.ts'
import { watch } from './verbs/watch.ts'

export interface Handling {
  readonly core: Core
  /** How kubelets know this server; undefined when it never asks one. */
  readonly kubelet: KubeletTls | undefined
  /** Answers what isn't about objects: discovery, health, metrics. Undefined when there is no such path. */
  readonly other: (request: HttpRequest, info: RequestInfo) => Promise<HttpResponse | undefined>
}

type Act = (core: Core, request: ResourceRequest) => HttpResponse | Promise<HttpResponse>

const verbs: Readonly<Record<string, Act>> = {
  get,
  list,
  watch,
  create,
  update: (core, request) => update(core, request),
  patch: (core, request) => patch(core, request),
  delete: remove,
  deletecollection: removeCollection,
}

/** Subresources that somebody else answers. */
const CONNECTED: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'log', 'proxy'])

/** Logs and proxies; streams come another way, for they must be upgraded. */
function connected(
  core: Core,
  kubelet: KubeletTls | undefined,
  { http, info }: { http: HttpRequest; info: RequestInfo },
): Promise<HttpResponse> {
  const route = routeOf(core, info)
  switch (info.resource?.subresource) {
    case 'log':
      return forwardToKubelet(route, kubelet, http)
    case 'proxy':
      return forwardToProxied(route, kubelet, http)
    default:
      throw badRequest('Upgrade request required')
  }
}

/** The API server as a function. What goes wrong is a Status; what must not go wrong is logged. */
export async function handle(handling: Handling, request: HttpRequest, asker: User): Promise<HttpResponse> {
  const info = requestInfoOf(request.method, request.path)
  const response = await answer(handling, { request, info, asker }).catch((error: unknown) => {
    if (error instanceof StatusError) return statusResponse(error)
    handling.core.log.error({ error, method: request.method, path: request.path }, 'a request failed')
    return statusResponse(internalError(messageOf(error)))
  })
  handling.core.metrics.counted(info, response.status)
  return response
}

interface Asked {
  readonly request: HttpRequest
  readonly info: RequestInfo
  readonly asker: User
}

async function answer(handling: Handling, { request, info, asker }: Asked): Promise<HttpResponse> {
  checkTimeout(info)
  const user = await actingUser(handling.core.authorizer, asker, request.headers)
  await mustBeAllowed(handling.core.authorizer, user, info)
  const response = info.resource ? await handleResource(handling, request, { info, user }) : await handling.other(request, info)
  if (!response) throw noSuchResource()
  return compressed(request, response)
}

async function handleResource(
  { core, kubelet }: Handling,
  http: HttpRequest,
  { info, user }: { info: RequestInfo; user: User },
): Promise<HttpResponse> {
  const { group = '', version = '', plural = '', subresource = '' } = info.resource ?? {}
  const review = reviewOf(group, version, plural)
  if (review && subresource === '') return answerReview(core, review, { http, info, user })
  const kind = core.kinds.find(group, version, plural)
  if (!kind) throw noSuchResource()
  if (CONNECTED.has(subresource)) return connected(core, kubelet, { http, info })
  const request = resourceRequest(http, user, { info, kind })
  const act = subresource === '' ? verbs[info.verb] : subresources(kind, subresource)?.[info.verb]
  if (!act && subresource !== '' && !subresources(kind, subresource)) throw noSuchResource()
  const unserved = subresource === '' && !verbsOf(kind).includes(info.verb)
  const misplaced = info.verb === 'create' && subresource === '' && info.resource?.name !== ''
  if (!act || misplaced || unserved) throw methodNotAllowed({ group, plural }, info.verb)
  return withWarnings(await act(core, request), request.warnings.texts)
}
