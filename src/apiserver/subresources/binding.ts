import type { HttpResponse } from '../../wire/index.ts'
import type { Draft, KubeObject } from '../api.ts'
import { jsonBody } from '../http/body.ts'
import { jsonResponse } from '../http/respond.ts'
import { conflict, invalid } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { aboutOf } from '../registry/location.ts'
import { timestamp } from '../registry/timestamp.ts'
import { updateObject } from '../registry/update.ts'
import { isDryRun, locationFor } from '../verbs/request.ts'
import type { ResourceRequest } from '../verbs/request.ts'

interface Binding extends KubeObject {
  readonly target?: { readonly kind?: string; readonly name?: string }
}

type Pod = Draft<KubeObject> & {
  spec: { nodeName?: string }
  status?: { conditions?: { type: string; status: string; lastTransitionTime?: string }[] }
}

/** A scheduler gives a Pod its node, once. As upstream's `pkg/registry/core/pod/storage.BindingREST`. */
export async function bind(core: Core, request: ResourceRequest): Promise<HttpResponse> {
  const binding = jsonBody<Binding>(request.http)
  const node = nodeOf(binding)
  const location = locationFor(request)
  const dryRun = isDryRun(request, 'CreateOptions')
  const change = (old: KubeObject | undefined): Draft<KubeObject> | undefined => {
    if (!old) return undefined
    const pod = structuredClone(old) as Pod
    const about = aboutOf(location)
    if (binding.metadata?.uid && binding.metadata.uid !== pod.metadata.uid) {
      throw conflict(
        about,
        `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
      )
    }
    if (pod.metadata.deletionTimestamp)
      throw conflict(about, `pod ${location.name} is being deleted, cannot be assigned to a host`)
    if (pod.spec.nodeName) throw conflict(about, `pod ${location.name} is already assigned to node "${pod.spec.nodeName}"`)
    assign(pod, node, timestamp(core.clock.now()))
    return pod
  }
  await updateObject(core, location, { subresource: 'binding', change }, { dryRun, warnings: request.warnings })
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}

function nodeOf({ metadata, target = {} }: Binding): string {
  if (target.kind && target.kind !== 'Node') {
    throw invalid({ kind: 'Binding', group: '', name: metadata?.name ?? '' }, [
      {
        type: 'FieldValueNotSupported',
        field: 'target.kind',
        message: `Unsupported value: "${target.kind}": supported values: "Node", "<empty>"`,
      },
    ])
  }
  if (target.name) return target.name
  throw invalid({ kind: 'Binding', group: '', name: metadata?.name ?? '' }, [
    { type: 'FieldValueRequired', field: 'target.name', message: 'Required value' },
  ])
}

function assign(pod: Pod, node: string, now: string): void {
  pod.spec.nodeName = node
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled')
  pod.status = { ...pod.status, conditions: [...others, { type: 'PodScheduled', status: 'True', lastTransitionTime: now }] }
}
