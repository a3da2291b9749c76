import type { Draft, KubeObject } from '../api.ts'
import { StatusError } from '../http/status-error.ts'
import type { ApiServerOptions } from '../options.ts'
import type { Core } from '../registry/core.ts'
import { createObject } from '../registry/create.ts'
import { Warnings } from '../registry/warnings.ts'

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces */
const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

/** Makes sure that what every cluster has is there. What is there already stays as it is. */
export async function bootstrap(core: Core, _options: ApiServerOptions): Promise<void> {
  await Promise.all(NAMESPACES.map((name) => ensure(core, { kind: 'Namespace', apiVersion: 'v1', metadata: { name } })))
}

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
