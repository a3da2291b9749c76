import type { Kind, KubeObject } from '../api.ts'
import { forbidden, notFound } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'

/**
 * Nothing new in a namespace that doesn't exist or is going away: upstream's admission plugin `NamespaceLifecycle`.
 * Throws NotFound or Forbidden.
 */
export function mayCreateIn(core: Core, kind: Kind, object: KubeObject): void {
  const { namespace, name } = object.metadata
  if (!kind.namespaced || !namespace) return
  const entry = core.store.get(`//namespaces/${namespace}`)
  if (!entry) throw notFound({ group: '', plural: 'namespaces', name: namespace })
  if (!isTerminating(entry.value)) return
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  throw forbidden({ group: kind.group, plural: kind.plural, name }, why, [
    { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' },
  ])
}

/** Decoding for every new object would cost more than the rest of the check. */
const terminating = new WeakMap<Buffer, boolean>()

function isTerminating(bytes: Buffer): boolean {
  let known = terminating.get(bytes)
  if (known === undefined)
    terminating.set(bytes, (known = (JSON.parse(bytes.toString()) as KubeObject).metadata.deletionTimestamp !== undefined))
  return known
}
