import { decode } from '../../api/decode/index.ts'
import type { FieldValidation } from '../../api/decode/index.ts'
import type { HttpResponse } from '../../wire/index.ts'
import { admissionOf } from '../admission/index.ts'
import type { Draft, KubeObject } from '../api.ts'
import type { Body } from '../http/body.ts'
import { orBadRequest } from '../http/decode-object.ts'
import { isTrue } from '../http/request-info.ts'
import { bytesResponse } from '../http/respond.ts'
import { badRequest, conflict, notFound } from '../http/status-error.ts'
import { omitEmpty } from '../protobuf/index.ts'
import type { Core } from '../registry/core.ts'
import { appliedTo } from '../registry/field-manager.ts'
import { aboutOf } from '../registry/location.ts'
import { updateObject } from '../registry/update.ts'
import type { Update } from '../registry/update.ts'
import { applierOf } from './field-manager.ts'
import { locationFor, viewFor } from './request.ts'
import type { ResourceRequest } from './request.ts'
import { mustBeNamed } from './update.ts'

interface Applying {
  readonly body: Body
  readonly fieldValidation: FieldValidation
  readonly dryRun: boolean
  readonly subresource: Update['subresource']
}

/**
 * Server-side apply: the body is what one manager wants of the object, which is made when there is none. Throws Conflict
 * when another manager wants something else, unless `force` is set. As upstream's `endpoints/handlers/patch.applyPatcher`.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export async function apply(
  core: Core,
  request: ResourceRequest,
  { body, fieldValidation, dryRun, subresource }: Applying,
): Promise<HttpResponse> {
  const { kind, warnings, query } = request
  const view = viewFor(core, request)
  const by = applierOf(request)
  const force = isTrue(query.get('force'))
  const wanted = decodeApplied(request, body, fieldValidation)
  const location = locationFor(request)
  const applied = partFor(subresource, wanted as KubeObject)
  const admit = admissionOf(core, { kind, user: request.user, subresource })
  const change = (live: KubeObject | undefined): Draft<KubeObject> => {
    if (!live) mustBeCreatable(request, { applied, subresource })
    const object = appliedTo(core, kind, { live, applied: structuredClone(applied), force }, by)
    omitEmpty(kind, object)
    kind.setDefaults?.(object)
    return object
  }
  const { bytes, created } = await updateObject(core, location, { subresource, change }, { dryRun, warnings, admit })
  return bytesResponse(created ? 201 : 200, view.object(kind, bytes), view.contentType)
}

/** Without defaults, for a manager owns only what it says. */
function decodeApplied(request: ResourceRequest, { bytes }: Body, fieldValidation: FieldValidation): Draft<KubeObject> {
  const text = Buffer.from(bytes).toString()
  const { object, warnings } = orBadRequest(() => decode(request.kind, text, { yaml: true, fieldValidation }))
  if (object.metadata.managedFields?.length) throw badRequest('metadata.managedFields must be nil')
  request.warnings.add(...warnings)
  mustBeNamed(request, object)
  return object
}

/** What of the body this write is about: the status, or all but the status. */
function partFor(subresource: Update['subresource'], wanted: KubeObject): KubeObject {
  const { status, ...rest } = wanted as KubeObject & { status?: unknown }
  if (subresource === '') return rest
  const { apiVersion, kind, metadata } = wanted
  const { name, namespace, uid, resourceVersion } = metadata
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion }, ...({ status } as object) }
}

function mustBeCreatable(
  request: ResourceRequest,
  { applied, subresource }: { applied: KubeObject; subresource: Update['subresource'] },
): void {
  const about = aboutOf(locationFor(request))
  if (subresource !== '') throw notFound(about)
  const { uid } = applied.metadata
  if (uid) {
    throw conflict(about, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`)
  }
}
