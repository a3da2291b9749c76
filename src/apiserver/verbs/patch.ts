import { apiVersionOf } from '../../api/index.ts'
import { conform } from '../../api/decode/index.ts'
import type { FieldValidation } from '../../api/decode/index.ts'
import { invalid as invalidField } from '../../api/machinery/index.ts'
import { applyPatch, isPatchError } from '../../api/patch/index.ts'
import type { PatchType } from '../../api/patch/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { HttpResponse } from '../../wire/index.ts'
import { admissionOf } from '../admission/index.ts'
import type { Draft, Kind, KubeObject } from '../api.ts'
import { bodyOf } from '../http/body.ts'
import type { Body } from '../http/body.ts'
import { fieldValidationOf, orBadRequest } from '../http/decode-object.ts'
import { bytesResponse } from '../http/respond.ts'
import { badRequest, invalid, StatusError } from '../http/status-error.ts'
import { omitEmpty } from '../protobuf/index.ts'
import type { Core } from '../registry/core.ts'
import { updateObject } from '../registry/update.ts'
import type { Update } from '../registry/update.ts'
import type { Warnings } from '../registry/warnings.ts'
import { apply } from './apply.ts'
import { fieldManagerOf, mustNotForce } from './field-manager.ts'
import { isDryRun, locationFor, viewFor } from './request.ts'
import type { ResourceRequest } from './request.ts'

/** JSON is YAML, too. */
const APPLY = 'application/apply-patch+yaml'
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  APPLY,
] as const

/** Changes an object by what the body says about it. As upstream's `endpoints/handlers/patch.go`. */
export async function patch(
  core: Core,
  request: ResourceRequest,
  subresource: Update['subresource'] = '',
): Promise<HttpResponse> {
  const { kind, warnings, query } = request
  const view = viewFor(core, request)
  const dryRun = isDryRun(request, 'PatchOptions')
  const fieldValidation = fieldValidationOf(query, 'PatchOptions')
  const body = bodyOf(request.http, PATCH_TYPES)
  if (body.type === APPLY) return apply(core, request, { body, fieldValidation, dryRun, subresource })
  mustNotForce(request)
  const parsed = parsePatch(body)
  const change = (old: KubeObject | undefined): Draft<KubeObject> | undefined =>
    old && finished(kind, patched(kind, old, { body, parsed }), { body, fieldValidation, warnings })
  const admit = admissionOf(core, { kind, user: request.user, subresource })
  const by = fieldManagerOf(request, 'PatchOptions')
  const { bytes } = await updateObject(core, locationFor(request), { subresource, change }, { dryRun, warnings, by, admit })
  return bytesResponse(200, view.object(kind, bytes), view.contentType)
}

export const parsePatchBody = (request: ResourceRequest): PatchBody => {
  const body = bodyOf(request.http, PATCH_TYPES)
  return { body, parsed: parsePatch(body) }
}

interface PatchBody {
  readonly body: Body
  readonly parsed: unknown
}

function parsePatch({ bytes }: Body): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch (error) {
    throw badRequest(`error decoding patch: ${messageOf(error)}`)
  }
}

/** What the patch makes of an object. Throws BadRequest, or Invalid when it doesn't fit. */
export function patched(kind: Kind, old: KubeObject, { body, parsed }: PatchBody): KubeObject {
  try {
    return applyPatch(kind, old, { type: body.type as PatchType, patch: parsed }) as unknown as KubeObject
  } catch (error) {
    if (!isPatchError(error)) throw error
    if (error.httpCode === 400) throw badRequest(error.message)
    throw new StatusError(error.httpCode, error.httpCode === 413 ? 'RequestEntityTooLarge' : 'Invalid', error.message)
  }
}

interface Finishing {
  readonly body: Body
  readonly fieldValidation: FieldValidation
  readonly warnings: Warnings
}

/** A patch may bring fields that the kind doesn't have, and take away what has a default. */
function finished(kind: Kind, object: KubeObject, { body, fieldValidation, warnings }: Finishing): Draft<KubeObject> {
  const unknown = orBadRequest(() => conform(object as unknown as Record<string, unknown>, kind.schema))
  const complaints = unknown.map((path) => `unknown field ${JSON.stringify(path)}`)
  if (complaints.length > 0 && fieldValidation === 'Strict') {
    const why = `strict decoding error: ${complaints.join(', ')}`
    throw invalid({ kind: '', group: '', name: '' }, [invalidField('patch', Buffer.from(body.bytes).toString(), why)])
  }
  if (fieldValidation === 'Warn') warnings.add(...complaints)
  const draft = object as Draft<KubeObject>
  // A patch may take away whatever it likes, but not what the object is.
  draft.apiVersion = apiVersionOf(kind)
  draft.kind = kind.kind
  draft.metadata ??= {}
  omitEmpty(kind, draft)
  kind.setDefaults?.(draft)
  return draft
}
