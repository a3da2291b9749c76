import { withPodCondition } from '../../api/index.ts'
import type { Pod } from '../../api/index.ts'
import type { HttpResponse } from '../../wire/index.ts'
import { restrictNode } from '../admission/node-restriction.ts'
import type { Draft, KubeObject } from '../api.ts'
import { jsonBody } from '../http/body.ts'
import { jsonResponse } from '../http/respond.ts'
import { badRequest } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { deleteObject } from '../registry/delete.ts'
import type { Deletion } from '../registry/delete.ts'
import type { Location } from '../registry/location.ts'
import { timestamp } from '../registry/timestamp.ts'
import { updateObject } from '../registry/update.ts'
import { Warnings } from '../registry/warnings.ts'
import { isDryRun, locationFor } from '../verbs/request.ts'
import type { ResourceRequest } from '../verbs/request.ts'
import { spendBudget } from './disruption-budget.ts'

/** What the Pod says before it goes, for those that count failures: KEP-3329. */
async function markDisrupted(core: Core, location: Location): Promise<void> {
  const draft = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' }
  const change = (old: KubeObject | undefined): Draft<KubeObject> | undefined => {
    if (!old) return undefined
    const pod = structuredClone(old) as Draft<Pod>
    pod.status = { ...pod.status, conditions: withPodCondition(pod as Pod, draft, timestamp(core.clock.now())) }
    return pod
  }
  await updateObject(core, location, { subresource: 'status', change }, { dryRun: false, warnings: new Warnings() })
}

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
  if (!dryRun) await markDisrupted(core, location)
  await deleteObject(core, location, { ...deleteOptions, dryRun })
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}
