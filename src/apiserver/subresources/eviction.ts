import type { HttpResponse } from '../../wire/index.ts'
import type { KubeObject } from '../api.ts'
import { jsonBody } from '../http/body.ts'
import { jsonResponse } from '../http/respond.ts'
import { badRequest } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { deleteObject } from '../registry/delete.ts'
import type { Deletion } from '../registry/delete.ts'
import { isDryRun, locationFor } from '../verbs/request.ts'
import type { ResourceRequest } from '../verbs/request.ts'

interface Eviction extends KubeObject {
  readonly deleteOptions?: Omit<Deletion, 'dryRun'>
}

/** Deletes a Pod on behalf of somebody who empties a node. As upstream's `pkg/registry/core/pod/storage.EvictionREST`. */
export async function evict(core: Core, request: ResourceRequest): Promise<HttpResponse> {
  const eviction = jsonBody<Eviction>(request.http)
  if (eviction.kind !== 'Eviction') throw badRequest(`not an Eviction: ${eviction.kind}`)
  await deleteObject(core, locationFor(request), { ...eviction.deleteOptions, dryRun: isDryRun(request, 'CreateOptions') })
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}
