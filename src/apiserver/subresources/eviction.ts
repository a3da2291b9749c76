import type { HttpResponse } from '../../wire/index.ts'
import { restrictNode } from '../admission/node-restriction.ts'
import type { KubeObject } from '../api.ts'
import { jsonBody } from '../http/body.ts'
import { jsonResponse } from '../http/respond.ts'
import { badRequest } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { deleteObject } from '../registry/delete.ts'
import type { Deletion } from '../registry/delete.ts'
import { isDryRun, locationFor } from '../verbs/request.ts'
import type { ResourceRequest } from '../verbs/request.ts'
import { spendBudget } from './disruption-budget.ts'

interface Eviction extends KubeObject {
  readonly deleteOptions?: Omit<Deletion, 'dryRun'> & { readonly dryRun?: readonly string[] }
}

/**
 * Deletes a Pod on behalf of somebody who empties a node, unless its disruption budget is spent (TooManyRequests). As
 * upstream's `pkg/registry/core/pod/storage.EvictionREST`.
 */
export async function evict(core: Core, request: ResourceRequest): Promise<HttpResponse> {
  const eviction = jsonBody<Eviction>(request.http)
  if (eviction.kind !== 'Eviction') throw badRequest(`not an Eviction: ${eviction.kind}`)
  const location = locationFor(request)
  const { name } = eviction.metadata ?? {}
  if (name && name !== location.name) throw badRequest('name in URL does not match name in Eviction object')
  restrictNode({ core, user: request.user, operation: 'CREATE', subresource: 'eviction', ...location, object: eviction })
  const { deleteOptions } = eviction
  const dryRun = isDryRun(request, 'CreateOptions', deleteOptions?.dryRun)
  await spendBudget(core, location, dryRun)
  await deleteObject(core, location, { ...deleteOptions, dryRun })
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}
