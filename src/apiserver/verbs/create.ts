import type { HttpResponse } from '../../wire/index.ts'
import { admissionOf } from '../admission/index.ts'
import type { Draft, KubeObject } from '../api.ts'
import { objectBody } from '../http/body.ts'
import { bytesResponse } from '../http/respond.ts'
import { badRequest } from '../http/status-error.ts'
import { decodeObject, fieldValidationOf } from '../http/decode-object.ts'
import type { Core } from '../registry/core.ts'
import { createObject } from '../registry/create.ts'
import { fieldManagerOf } from './field-manager.ts'
import { isDryRun, viewFor } from './request.ts'
import type { ResourceRequest } from './request.ts'

export async function create(core: Core, request: ResourceRequest): Promise<HttpResponse> {
  const { kind, warnings } = request
  const view = viewFor(core, request)
  const dryRun = isDryRun(request, 'CreateOptions')
  const object = decodeBody(request, 'CreateOptions')
  putIntoNamespace(request, object)
  const by = fieldManagerOf(request, 'CreateOptions')
  const admit = admissionOf(core, { kind, user: request.user })
  const bytes = await createObject(core, kind, object, { dryRun, warnings, by, admit })
  return bytesResponse(201, view.object(kind, bytes), view.contentType)
}

/** The object in the body, with defaults. Throws BadRequest when it is none, or of another kind. */
export function decodeBody(request: ResourceRequest, optionsKind: string): Draft<KubeObject> {
  const { bytes, type } = objectBody(request.http)
  return decodeObject(request.kind, bytes, {
    yaml: type === 'application/yaml',
    fieldValidation: fieldValidationOf(request.query, optionsKind),
    warnings: request.warnings,
  })
}

/** As upstream's `rest.EnsureObjectNamespaceMatchesRequestNamespace`. */
export function putIntoNamespace({ kind, resource }: ResourceRequest, { metadata }: Draft<KubeObject>): void {
  if (!kind.namespaced) return void delete metadata.namespace
  metadata.namespace ||= resource.namespace
  if (metadata.namespace === resource.namespace && resource.namespace !== '') return
  if (resource.namespace === '') throw badRequest('an empty namespace may not be set during creation')
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}
