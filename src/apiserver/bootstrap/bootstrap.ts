import type { Draft, KubeObject } from '../api.ts'
import { StatusError } from '../http/status-error.ts'
import type { ApiServerOptions } from '../options.ts'
import type { Core } from '../registry/core.ts'
import { createObject } from '../registry/create.ts'
import { Warnings } from '../registry/warnings.ts'
import { keepKubernetesService } from './kubernetes-service.ts'

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces */
const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

/** Makes sure that what every cluster has is there. What is there already stays as it is, but for the `kubernetes` Service. */
export async function bootstrap(core: Core, options: ApiServerOptions): Promise<void> {
  await Promise.all(NAMESPACES.map((name) => ensure(core, { kind: 'Namespace', apiVersion: 'v1', metadata: { name } })))
  await ensure(core, serviceCIDR(options.serviceCIDRs))
  await keepKubernetesService(core, options)
}

/** As upstream's `pkg/controlplane/controller/defaultservicecidr`, which makes it ready at once. */
const serviceCIDR = (cidrs: readonly string[]): Draft<KubeObject> =>
  ({
    kind: 'ServiceCIDR',
    apiVersion: 'networking.k8s.io/v1',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [...cidrs] },
  }) as Draft<KubeObject>

async function ensure(core: Core, object: Draft<KubeObject>): Promise<void> {
  const kind = core.kinds.all.find((candidate) => candidate.kind === object.kind)
  if (!kind) return
  kind.setDefaults?.(object)
  try {
    await createObject(core, kind, object, { dryRun: false, warnings: new Warnings() })
  } catch (error) {
    if (!(error instanceof StatusError && error.httpCode === 409)) throw error
  }
}
