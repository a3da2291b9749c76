import { type KubeObject, type Namespace, type NamespaceCondition, type Resource, semanticEqual } from '../../api/index.ts'

/** What is still there of one resource. */
export interface Remaining {
  readonly resource: Resource
  readonly objects: readonly KubeObject[]
}

/** How far the emptying of a namespace is. */
export interface Progress {
  /** Empty when nothing is left. */
  readonly remaining: readonly Remaining[]
  /** Why something could not be deleted; empty when everything could be. */
  readonly failures: readonly string[]
}

type Said = Pick<NamespaceCondition, 'status' | 'reason' | 'message'>

const no = (reason: string, message: string): Said => ({ status: 'False', reason, message })
const yes = (reason: string, message: string): Said => ({ status: 'True', reason, message })

/**
 * What the conditions of a namespace say about its deletion, in upstream's words; those that say the same already keep their
 * times. Source: pkg/controller/namespace/deletion/status_condition_utils.go.
 */
export function deletionConditions({ status }: Namespace, { remaining, failures }: Progress, now: string): NamespaceCondition[] {
  const said: Readonly<Record<string, Said>> = {
    NamespaceDeletionDiscoveryFailure: no('ResourcesDiscovered', 'All resources successfully discovered'),
    NamespaceDeletionGroupVersionParsingFailure: no('ParsedGroupVersions', 'All legacy kube types successfully parsed'),
    NamespaceDeletionContentFailure: contentFailure(failures),
    NamespaceContentRemaining: contentRemaining(remaining),
    NamespaceFinalizersRemaining: finalizersRemaining(remaining),
  }
  return Object.entries(said).map(([type, saying]) => {
    const before = status?.conditions?.find((condition) => condition.type === type)
    const draft = { type, ...saying }
    const isSame = before !== undefined && semanticEqual({ ...before, lastTransitionTime: undefined }, draft)
    return isSame ? before : { ...draft, lastTransitionTime: now }
  })
}

function contentFailure(failures: readonly string[]): Said {
  if (failures.length === 0) return no('ContentDeleted', 'All content successfully deleted, may be waiting on finalization')
  return yes(
    'ContentDeletionFailed',
    `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(', ')}`,
  )
}

function contentRemaining(remaining: readonly Remaining[]): Said {
  if (remaining.length === 0) return no('ContentRemoved', 'All content successfully removed')
  const counted = remaining.map(
    ({ resource, objects }) => `${resource.plural}.${resource.group} has ${objects.length} resource instances`,
  )
  return yes('SomeResourcesRemain', `Some resources are remaining: ${counted.sort().join(', ')}`)
}

function finalizersRemaining(remaining: readonly Remaining[]): Said {
  const times = new Map<string, number>()
  for (const { metadata } of remaining.flatMap(({ objects }) => objects))
    for (const finalizer of metadata.finalizers ?? []) times.set(finalizer, (times.get(finalizer) ?? 0) + 1)
  if (times.size === 0) return no('ContentHasNoFinalizers', 'All content-preserving finalizers finished')
  const counted = [...times].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`)
  return yes('SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${counted.sort().join(', ')}`)
}
