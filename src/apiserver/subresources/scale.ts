import type { HttpResponse } from '../../wire/index.ts'
import type { Draft, Kind, KubeObject } from '../api.ts'
import { jsonBody } from '../http/body.ts'
import { jsonResponse } from '../http/respond.ts'
import { badRequest, invalid, noSuchResource } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { decode } from '../registry/encode.ts'
import { mustGet } from '../registry/read.ts'
import { updateObject } from '../registry/update.ts'
import { parsePatchBody, patched } from '../verbs/patch.ts'
import { fieldManagerOf } from '../verbs/field-manager.ts'
import { isDryRun, locationFor } from '../verbs/request.ts'
import type { ResourceRequest } from '../verbs/request.ts'

/** `autoscaling/v1` */
export interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: { readonly replicas: number; readonly selector?: string }
}

type Mapping = NonNullable<Kind['scale']>

export function getScale(core: Core, request: ResourceRequest): HttpResponse {
  const object = decode(request.kind, mustGet(core, locationFor(request)).value)
  return jsonResponse(200, scaleOf(mappingOf(request.kind), object))
}

export async function updateScale(core: Core, request: ResourceRequest): Promise<HttpResponse> {
  const scale = jsonBody<Scale>(request.http)
  if (scale.kind && scale.kind !== 'Scale') throw badRequest(`cannot handle a ${scale.kind} as a Scale`)
  return applyScale(core, request, () => scale)
}

export function patchScale(core: Core, request: ResourceRequest): Promise<HttpResponse> {
  const body = parsePatchBody(request)
  const kind = { ...request.kind, schema: 'io.k8s.api.autoscaling.v1.Scale' }
  return applyScale(core, request, (scale) => patched(kind, scale, body) as Scale)
}

/** Sets the replicas to those of the scale that `change` makes of the current one. */
async function applyScale(
  core: Core,
  request: ResourceRequest,
  change: (scale: Scale) => Scale | Promise<Scale>,
): Promise<HttpResponse> {
  const { kind, warnings, resource } = request
  const mapping = mappingOf(kind)
  const dryRun = isDryRun(request, 'UpdateOptions')
  const by = fieldManagerOf(request, 'UpdateOptions')
  const scaled = async (old: KubeObject | undefined): Promise<Draft<KubeObject> | undefined> => {
    if (!old) return undefined
    const { metadata, spec } = await change(scaleOf(mapping, old))
    mustBeReplicas(spec?.replicas, metadata.name ?? resource.name)
    const object = structuredClone(old) as Draft<KubeObject>
    mapping.setReplicas(object, spec?.replicas ?? 0)
    object.metadata.resourceVersion = metadata.resourceVersion
    return object
  }
  const { bytes } = await updateObject(core, locationFor(request), { subresource: '', change: scaled }, { dryRun, warnings, by })
  return jsonResponse(200, scaleOf(mapping, decode(kind, bytes)))
}

function mappingOf(kind: Kind): Mapping {
  if (!kind.scale) throw noSuchResource()
  return kind.scale
}

function scaleOf(mapping: Mapping, object: KubeObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: mapping.replicas(object) },
    status: { replicas: mapping.statusReplicas(object), selector: mapping.selector(object) },
  }
}

/** As upstream's `autoscaling/validation.ValidateScale`. */
function mustBeReplicas(replicas: number | undefined, name: string): void {
  if (replicas === undefined || replicas >= 0) return
  throw invalid({ kind: 'Scale', group: 'autoscaling', name }, [
    {
      type: 'FieldValueInvalid',
      field: 'spec.replicas',
      message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
    },
  ])
}
