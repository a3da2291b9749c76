import type { Draft, KubeObject } from '../api.ts'
import { defaultRoleObjects } from '../auth/default-roles/index.ts'
import { StatusError } from '../http/status-error.ts'
import type { ApiServerOptions } from '../options.ts'
import type { Core } from '../registry/core.ts'
import { createObject } from '../registry/create.ts'
import { decode } from '../registry/encode.ts'
import { storeKey } from '../registry/location.ts'
import { updateObject } from '../registry/update.ts'
import { Warnings } from '../registry/warnings.ts'
import { FINALIZER } from '../upkeep/plan-ranges.ts'
import { keepKubernetesService } from './kubernetes-service.ts'
import { reconciled } from './reconcile-roles.ts'

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces */
const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

/** Makes sure that what every cluster has is there. What is there already stays as it is, but for the `kubernetes` Service and roles that lack something. */
export async function bootstrap(core: Core, options: ApiServerOptions): Promise<void> {
  await Promise.all(NAMESPACES.map((name) => ensure(core, { kind: 'Namespace', apiVersion: 'v1', metadata: { name } })))
  const objects = [serviceCIDR(options.serviceCIDRs), ...PRIORITY_CLASSES.map(priorityClass)]
  // At once, so that they share a flush.
  await Promise.all([
    ...objects.map((object) => ensure(core, object)),
    ...defaultRoleObjects().map((object) => ensure(core, object, reconciled)),
  ])
  await keepKubernetesService(core, options)
}

/** As upstream's `pkg/controlplane/controller/defaultservicecidr`, which makes it ready at once. */
const serviceCIDR = (cidrs: readonly string[]): Draft<KubeObject> =>
  ({
    kind: 'ServiceCIDR',
    apiVersion: 'networking.k8s.io/v1',
    metadata: { name: 'kubernetes', finalizers: [FINALIZER] },
    spec: { cidrs: [...cidrs] },
  }) as Draft<KubeObject>

/** As upstream's `scheduling.SystemPriorityClasses`. */
const PRIORITY_CLASSES = [
  { name: 'system-node-critical', value: 2_000_001_000, description: 'Used for system critical pods that must not be moved from their current node.' },
  { name: 'system-cluster-critical', value: 2_000_000_000, description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.' },
] // prettier-ignore

const priorityClass = ({ name, ...rest }: (typeof PRIORITY_CLASSES)[number]): Draft<KubeObject> =>
  ({ kind: 'PriorityClass', apiVersion: 'scheduling.k8s.io/v1', metadata: { name }, ...rest }) as Draft<KubeObject>

/** `mend` makes of an object that is there what it should be; undefined when it may stay. */
async function ensure(core: Core, object: Draft<KubeObject>, mend: typeof reconciled = () => undefined): Promise<void> {
  const kind = core.kinds.all.find((candidate) => candidate.kind === object.kind)
  if (!kind) return
  const { name = '' } = object.metadata
  const location = { kind, namespace: '', name }
  const entry = core.store.get(storeKey(location))
  const mended = entry && mend(decode(kind, entry.value), object)
  if (entry && !mended) return
  kind.setDefaults?.(object)
  const writing = { dryRun: false, warnings: new Warnings() }
  try {
    if (mended) await updateObject(core, location, { subresource: '', change: () => mended }, writing)
    else await createObject(core, kind, object, writing)
  } catch (error) {
    if (!(error instanceof StatusError && error.httpCode === 409)) throw error
  }
}
