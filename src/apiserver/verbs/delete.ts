import { invalid as invalidField } from '../../api/machinery/index.ts'
import type { HttpResponse } from '../../wire/index.ts'
import { restrictNode } from '../admission/node-restriction.ts'
import type { FieldError } from '../api.ts'
import { jsonBody } from '../http/body.ts'
import { bytesResponse, jsonResponse } from '../http/respond.ts'
import { isTrue } from '../http/request-info.ts'
import { badRequest, invalid } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { deleteObject } from '../registry/delete.ts'
import type { Deletion } from '../registry/delete.ts'
import { decode } from '../registry/encode.ts'
import { kindKey, locationOf } from '../registry/location.ts'
import { selectedEntries } from '../selection/selected.ts'
import { selection } from '../selection/selection.ts'
import { isDryRun, locationFor, viewFor } from './request.ts'
import type { ResourceRequest } from './request.ts'

/** Kinds whose deletion answers with the object: upstream's `ReturnDeletedObject`. */
const SHOWN: ReadonlySet<string> = new Set(
  ['pods', 'services', 'serviceaccounts', 'podtemplates', 'persistentvolumes', 'persistentvolumeclaims', 'resourcequotas'].map(
    (plural) => `/${plural}`,
  ),
)

const PODS_STAY =
  'child pods are preserved by default when jobs are deleted; ' +
  'set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning'

export async function remove(core: Core, request: ResourceRequest): Promise<HttpResponse> {
  const { kind } = request
  const view = viewFor(core, request)
  restrictNode({ core, kind, user: request.user, operation: 'DELETE', ...request.resource })
  const deletion = deletionOf(request)
  if (deletion.propagationPolicy === undefined && kindKey(kind) === 'batch/jobs') request.warnings.add(PODS_STAY)
  const { bytes, gone } = await deleteObject(core, locationFor(request), deletion)
  if (!gone || SHOWN.has(kindKey(kind))) return bytesResponse(200, view.object(kind, bytes), view.contentType)
  const { metadata } = decode(kind, bytes)
  const details = { name: metadata.name, ...(kind.group && { group: kind.group }), kind: kind.plural, uid: metadata.uid }
  return jsonResponse(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details })
}

/** Deletes every object of a selection, one after the other. Answers with the list as it was. */
export async function removeCollection(core: Core, request: ResourceRequest): Promise<HttpResponse> {
  const { kind, query } = request
  const view = viewFor(core, request)
  const deletion = deletionOf(request)
  const { namespace } = locationFor(request)
  const wanted = { kind, namespace, selection: selection(kind, query.get('labelSelector'), query.get('fieldSelector')) }
  const chosen = selectedEntries(core, wanted)
  for (const { value } of chosen) {
    await deleteObject(core, locationOf(kind, decode(kind, value)), deletion).catch(ignoreGone)
  }
  const items = chosen.map(({ value }) => value)
  return bytesResponse(200, view.list(kind, items, { resourceVersion: String(core.store.revision) }), view.contentType)
}

function ignoreGone(error: unknown): void {
  if ((error as { httpCode?: number }).httpCode !== 404) throw error
}

interface Options extends Omit<Deletion, 'dryRun'> {
  readonly dryRun?: readonly string[]
  readonly orphanDependents?: boolean
}

/** From the body, or from the query where there is none: `metav1.DeleteOptions`. */
function deletionOf(request: ResourceRequest): Deletion {
  const options = request.http.body?.length ? jsonBody<Options>(request.http) : optionsInQuery(request.query)
  const { gracePeriodSeconds, preconditions, orphanDependents } = options
  mustBePolicy(options)
  const propagationPolicy =
    options.propagationPolicy ?? (orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background')
  return { gracePeriodSeconds, preconditions, propagationPolicy, dryRun: isDryRun(request, 'DeleteOptions', options.dryRun) }
}

function optionsInQuery(query: URLSearchParams): Options {
  const seconds = query.get('gracePeriodSeconds')
  if (seconds !== null && !/^-?\d+$/.test(seconds)) throw badRequest(`strconv.ParseInt: parsing "${seconds}": invalid syntax`)
  return {
    ...(seconds !== null && { gracePeriodSeconds: Number(seconds) }),
    ...(query.has('orphanDependents') && { orphanDependents: isTrue(query.get('orphanDependents')) }),
    ...(query.has('propagationPolicy') && { propagationPolicy: query.get('propagationPolicy') ?? '' }),
  }
}

const POLICIES = ['Foreground', 'Background', 'Orphan']

/** As upstream's `metav1/validation.ValidateDeleteOptions`. */
function mustBePolicy({ propagationPolicy: policy, orphanDependents }: Options): void {
  const field = 'propagationPolicy'
  const found: FieldError[] = []
  if (policy !== undefined && orphanDependents !== undefined)
    found.push(invalidField(field, policy, 'orphanDependents and deletionPropagation cannot be both set'))
  if (policy !== undefined && !POLICIES.includes(policy)) {
    const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`
    found.push({ type: 'FieldValueNotSupported', field, message })
  }
  if (found.length > 0) throw invalid({ kind: 'DeleteOptions', group: 'meta.k8s.io', name: '' }, found)
}
