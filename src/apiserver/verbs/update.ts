import type { HttpResponse } from '../../wire/index.ts'
import { admissionOf } from '../admission/index.ts'
import type { Draft, KubeObject } from '../api.ts'
import { bytesResponse } from '../http/respond.ts'
import { badRequest } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { createdByPut, updateObject } from '../registry/update.ts'
import type { Update } from '../registry/update.ts'
import { decodeBody, putIntoNamespace } from './create.ts'
import { fieldManagerOf } from './field-manager.ts'
import { isDryRun, locationFor, viewFor } from './request.ts'
import type { ResourceRequest } from './request.ts'

export async function update(
  core: Core,
  request: ResourceRequest,
  subresource: Update['subresource'] = '',
): Promise<HttpResponse> {
  const { kind, warnings } = request
  const view = viewFor(core, request)
  const dryRun = isDryRun(request, 'UpdateOptions')
  const object = decodeBody(request, 'UpdateOptions')
  mustBeNamed(request, object)
  const location = locationFor(request)
  const mayCreate = subresource === '' && createdByPut(location)
  const change = (old: KubeObject | undefined): Draft<KubeObject> | undefined =>
    old || mayCreate ? structuredClone(object) : undefined
  const admit = admissionOf(core, { kind, user: request.user, subresource })
  const by = fieldManagerOf(request, 'UpdateOptions')
  const { bytes, created } = await updateObject(core, location, { subresource, change }, { dryRun, warnings, by, admit })
  return bytesResponse(created ? 201 : 200, view.object(kind, bytes), view.contentType)
}

/** Throws BadRequest when the body is about another object than the URL. */
export function mustBeNamed(request: ResourceRequest, object: Draft<KubeObject>): void {
  const { name } = object.metadata
  if (!name) throw badRequest('the name of the object (based on URL) was undeterminable: name must be provided')
  if (name !== request.resource.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${request.resource.name})`)
  }
  putIntoNamespace(request, object)
}
