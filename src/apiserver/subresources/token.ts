import type { BoundObjectReference, TokenRequestSpec } from '../../api/index.ts'
import { invalid as invalidField } from '../../api/machinery/index.ts'
import type { HttpResponse } from '../../wire/index.ts'
import { restrictNode } from '../admission/node-restriction.ts'
import type { FieldError, KubeObject } from '../api.ts'
import { jsonBody } from '../http/body.ts'
import { jsonResponse } from '../http/respond.ts'
import { badRequest, conflict, invalid, noSuchResource, notFound } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { mustGet } from '../registry/read.ts'
import { timestamp } from '../registry/timestamp.ts'
import { userName } from '../tokens/claims.ts'
import type { Bearer, Claims, Ref } from '../tokens/claims.ts'
import { ISSUER } from '../tokens/tokens.ts'
import { locationFor } from '../verbs/request.ts'
import type { ResourceRequest } from '../verbs/request.ts'

interface TokenRequest extends KubeObject {
  readonly spec?: TokenRequestSpec
}

const HOUR = 3600
/** What upstream's admission asks for; who gets it may be old and never read the file again, so it lives a year. */
const AUTOMATIC = HOUR + 7
const YEAR = 365 * 24 * HOUR
const SHORTEST = 10 * 60
const LONGEST = 2 ** 32

/** A token for a service account. As upstream's `pkg/registry/core/serviceaccount/storage.TokenREST`. */
export function issueToken(core: Core, request: ResourceRequest): HttpResponse {
  if (!core.tokens) throw noSuchResource()
  const asked = jsonBody<TokenRequest>(request.http)
  const { spec = {} } = asked
  if (asked.kind && asked.kind !== 'TokenRequest') throw badRequest(`not a TokenRequest: ${asked.kind}`)
  const expirationSeconds = spec.expirationSeconds ?? HOUR
  mustBeDuration(expirationSeconds)
  const audiences = spec.audiences?.length ? spec.audiences : [ISSUER]
  const location = locationFor(request)
  const { namespace, name } = location
  restrictNode({ core, user: request.user, operation: 'CREATE', subresource: 'token', ...location, object: asked })
  const account = JSON.parse(mustGet(core, location).value.toString()) as KubeObject
  const binding = spec.boundObjectRef ? boundTo(core, spec.boundObjectRef, { namespace, account: name }) : {}
  const now = Math.floor(core.clock.now() / 1000)
  const extended = binding.pod !== undefined && expirationSeconds === AUTOMATIC && audiences.join() === ISSUER
  const bearer: Bearer = {
    namespace,
    serviceaccount: { name, uid: account.metadata.uid ?? '' },
    ...binding,
    ...(extended && { warnafter: now + expirationSeconds }),
  }
  const exp = now + (extended ? YEAR : expirationSeconds)
  const times = { iat: now, nbf: now, exp, jti: core.random.uuid() }
  const claims: Claims = { sub: userName(namespace, name), aud: [...audiences], ...times, 'kubernetes.io': bearer }
  return jsonResponse(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestamp(core.clock.now()) },
    spec: { ...spec, audiences, expirationSeconds },
    status: {
      token: core.tokens.sign(claims),
      expirationTimestamp: timestamp((now + expirationSeconds) * 1000),
    },
  })
}

/** As upstream's `ValidateTokenRequest`. */
function mustBeDuration(seconds: number): void {
  const found: FieldError[] = []
  const refuse = (why: string): unknown => found.push(invalidField('spec.expirationSeconds', seconds, why))
  if (seconds < SHORTEST) refuse('may not specify a duration less than 10 minutes')
  if (seconds > LONGEST) refuse('may not specify a duration larger than 2^32 seconds')
  if (found.length > 0) throw invalid({ kind: 'TokenRequest', group: 'authentication.k8s.io', name: '' }, found)
}

type Binding = Pick<Bearer, 'pod' | 'secret' | 'node'>

interface PodLike extends KubeObject {
  readonly spec?: { readonly serviceAccountName?: string; readonly nodeName?: string }
}

/** What the token lives and dies with. Throws NotFound, Conflict or BadRequest. */
function boundTo(core: Core, ref: BoundObjectReference, { namespace, account }: { namespace: string; account: string }): Binding {
  const { kind = '', name = '' } = ref
  switch (ref.apiVersion === 'v1' ? kind : '') {
    case 'Pod': {
      const pod = lookUp(core, `//pods/${namespace}/${name}`, ref) as PodLike
      if ((pod.spec?.serviceAccountName || 'default') !== account) {
        const why = `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name.`
        throw badRequest(why)
      }
      return { pod: refOf(pod), ...nodeOf(core, pod.spec?.nodeName) }
    }
    case 'Secret':
      return { secret: refOf(lookUp(core, `//secrets/${namespace}/${name}`, ref)) }
    case 'Node':
      return { node: refOf(lookUp(core, `//nodes/${name}`, ref)) }
    default:
      throw badRequest(`cannot bind token to object of type ${ref.apiVersion}, Kind=${kind}`)
  }
}

function lookUp(core: Core, key: string, { kind = '', name = '', uid }: BoundObjectReference): KubeObject {
  const entry = core.store.get(key)
  if (!entry) throw notFound({ group: '', plural: `${kind.toLowerCase()}s`, name })
  const object = JSON.parse(entry.value.toString()) as KubeObject
  if (!uid || uid === object.metadata.uid) return object
  const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`
  throw conflict({ group: '', plural: kind, name }, why)
}

const refOf = ({ metadata }: KubeObject): Ref => ({ name: metadata.name ?? '', uid: metadata.uid ?? '' })

/** Where the Pod runs, when that is known already. */
function nodeOf(core: Core, name: string | undefined): Pick<Binding, 'node'> {
  const entry = name ? core.store.get(`//nodes/${name}`) : undefined
  return entry ? { node: refOf(JSON.parse(entry.value.toString()) as KubeObject) } : {}
}
