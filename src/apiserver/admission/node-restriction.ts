import type { BoundObjectReference, Node, Pod } from '../../api/index.ts'
import { podReferences } from '../../api/machinery/index.ts'
import type { Kind, KubeObject } from '../api.ts'
import { nodeNameOf } from '../auth/node/identity.ts'
import type { User } from '../auth/user.ts'
import { forbidden, notFound } from '../http/status-error.ts'
import type { StatusError } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { modifiedLabels, mayNodeSet } from './node-labels.ts'
import { kindKey } from '../registry/location.ts'

/** A write by anybody; only nodes' are looked into. */
export interface NodeWrite {
  readonly core: Core
  readonly kind: Kind
  readonly user: User
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** Undefined for deletions. */
  readonly object?: KubeObject
  readonly old?: KubeObject
}

interface OfNode extends NodeWrite {
  readonly node: string
}

const MIRROR = 'kubernetes.io/config.mirror'
const LEASES = 'kube-node-lease'

/**
 * A node writes its own Node, Lease and Pods, and nobody else's: upstream's plugin `NodeRestriction`. Throws Forbidden or
 * NotFound.
 */
export function restrictNode(write: NodeWrite): void {
  const node = nodeNameOf(write.user)
  if (node === undefined) return
  if (node === '') throw no(write, `could not determine node from user ${JSON.stringify(write.user.name)}`)
  checks[kindKey(write.kind)]?.({ ...write, node })
}

const no = ({ kind, name }: NodeWrite, why: string): StatusError =>
  forbidden({ group: kind.group, plural: kind.plural, ...(name && { name }) }, why)

const checks: Readonly<Record<string, (write: OfNode) => void>> = {
  '/pods': checkPod,
  '/nodes': checkNode,
  '/serviceaccounts': checkToken,
  'coordination.k8s.io/leases': checkLease,
  '/persistentvolumeclaims': (write) => {
    if (write.subresource !== 'status') throw no(write, 'may only update PVC status')
  },
}

function checkPod(write: OfNode): void {
  const { subresource, operation, node } = write
  switch (subresource) {
    case '':
      if (operation === 'CREATE') return checkMirrorPod(write)
      if (operation === 'DELETE') return mustHavePod(write, 'can only delete pods with spec.nodeName set to itself')
      throw no(write, `unexpected operation "${operation}", node "${node}" can only create and delete mirror pods`)
    case 'status':
      return checkPodStatus(write)
    case 'eviction':
      return mustHavePod(write, 'can only evict pods with spec.nodeName set to itself')
    default:
      throw no(write, `unexpected pod subresource "${subresource}", only 'status' and 'eviction' are allowed`)
  }
}

const quoted = ({ node }: OfNode): string => `node "${node}"`

function podOf(write: OfNode, name: string): Pod {
  const entry = write.core.store.get(`//pods/${write.namespace}/${name}`)
  if (!entry) throw notFound({ group: '', plural: 'pods', name })
  return JSON.parse(entry.value.toString()) as Pod
}

function mustHavePod(write: OfNode, why: string): void {
  if (podOf(write, write.name).spec?.nodeName !== write.node) throw no(write, `${quoted(write)} ${why}`)
}

function checkPodStatus(write: OfNode): void {
  const [old, pod] = [write.old as Pod, write.object as Pod]
  if (old.spec?.nodeName !== write.node)
    throw no(write, `${quoted(write)} can only update pod status for pods with spec.nodeName set to itself`)
  if (modifiedLabels(pod.metadata.labels, old.metadata.labels).length > 0)
    throw no(write, `${quoted(write)} cannot update labels through pod status`)
}

/** A Pod that a kubelet has from a file of its own, shown to the cluster. */
function checkMirrorPod(write: OfNode): void {
  const pod = write.object as Pod
  const refuse = (why: string): never => {
    throw no(write, why)
  }
  if (pod.metadata.annotations?.[MIRROR] === undefined)
    refuse(`pod does not have "${MIRROR}" annotation, ${quoted(write)} can only create mirror pods`)
  if (pod.spec?.nodeName !== write.node) refuse(`${quoted(write)} can only create pods with spec.nodeName set to itself`)
  const wrong = wrongOwner(write, pod)
  if (wrong) refuse(wrong)
  const { secrets, configMaps, claims } = podReferences(pod)
  const may = `${quoted(write)} can not create pods that reference`
  if (pod.spec?.serviceAccountName) refuse(`${may} a service account`)
  if (secrets.size > 0) refuse(`${may} secrets`)
  if (configMaps.size > 0) refuse(`${may} configmaps`)
  if (claims.size > 0) refuse(`${may} persistentvolumeclaims`)
}

function wrongOwner(write: OfNode, { metadata }: Pod): string | undefined {
  const can = `${quoted(write)} can only create pods with`
  const [owner, ...more] = metadata.ownerReferences ?? []
  if (more.length > 0) return `${can} a single owner reference set to itself`
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== write.node) {
    return `${can} an owner reference set to itself`
  }
  if (!owner.controller) return `${can} a controller owner reference set to itself`
  if (owner.blockOwnerDeletion) return `${quoted(write)} must not set blockOwnerDeletion on an owner reference`
  const entry = write.core.store.get(`//nodes/${write.node}`)
  if (!entry) throw notFound({ group: '', plural: 'nodes', name: write.node })
  const { uid } = (JSON.parse(entry.value.toString()) as Node).metadata
  return owner.uid === uid ? undefined : `node ${write.node} UID mismatch: expected ${owner.uid} got ${uid}`
}

function checkNode(write: OfNode): void {
  const { node, name, object, old, operation } = write
  if (name !== node) throw no(write, `${quoted(write)} is not allowed to modify node "${name}"`)
  if (operation === 'DELETE') return
  const [now, before] = [object as Node, old as Node | undefined]
  if (before && JSON.stringify(now.spec?.taints ?? []) !== JSON.stringify(before.spec?.taints ?? []))
    throw no(write, `${quoted(write)} is not allowed to modify taints`)
  const wrong = modifiedLabels(now.metadata.labels, before?.metadata.labels).filter((label) => !mayNodeSet(label))
  if (wrong.length === 0) return
  const list = wrong.join(', ')
  const why = before
    ? `is not allowed to modify labels: ${list}`
    : `${quoted(write)} is not allowed to set the following labels: ${list}`
  throw no(write, why)
}

function checkLease(write: OfNode): void {
  if (write.namespace !== LEASES) throw no(write, `can only access leases in the "${LEASES}" system namespace`)
  if (write.name === write.node) return
  throw no(write, 'can only access node lease with the same name as the requesting node')
}

/** A token that a node asks for is bound to a Pod of its own. */
function checkToken(write: OfNode): void {
  if (write.operation !== 'CREATE' || write.subresource !== 'token') return
  const { spec } = write.object as { readonly spec?: { readonly boundObjectRef?: BoundObjectReference } }
  const ref = spec?.boundObjectRef
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) throw no(write, 'node requested token not bound to a pod')
  if (!ref.uid) throw no(write, 'node requested token with a pod binding without a uid')
  const pod = podOf(write, ref.name)
  if (ref.uid !== pod.metadata.uid) {
    const why = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`
    throw no(write, why)
  }
  if (pod.spec?.nodeName !== write.node) throw no(write, 'node requested token bound to a pod scheduled on a different node')
}
