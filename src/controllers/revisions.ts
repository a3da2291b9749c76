import {
  type ControllerRevision,
  controllerReference,
  controllerRevisions,
  isControlledBy,
  keyOf,
  type KubeObject,
  labelSelectorPredicate,
  type LabelSelector,
  type PodTemplateSpec,
  type Resource,
  semanticEqual,
} from '../api/index.ts'
import { type Cache, type Client, isAlreadyExists, isNotFound, whenSeen, whenSeenDeleted } from '../client/index.ts'
import { claim } from './claim.ts'
import { nameHash } from './name-hash.ts'

/** The label of DaemonSets' Pods and ControllerRevisions, with the hash at the end of the revision's name; of StatefulSets' Pods, with that name. */
export const REVISION_HASH = 'controller-revision-hash'

/** What has templates whose earlier versions are kept: StatefulSets and DaemonSets. */
interface Revised extends KubeObject {
  readonly spec?: { readonly selector: LabelSelector; readonly template: PodTemplateSpec }
  readonly status?: { readonly collisionCount?: number }
}

export interface History {
  /** Oldest first; the last one is that of the current template. */
  readonly revisions: readonly ControllerRevision[]
  readonly latest: ControllerRevision
  /** Others of the current template, which people have made. */
  readonly duplicates: readonly ControllerRevision[]
  /** How many names were taken by other templates with the same hash. */
  readonly collisionCount: number
}

export interface RevisionContext {
  readonly client: Client
  readonly cache: Cache<ControllerRevision>
  readonly owners: Resource
  /** What label of a revision holds its hash. */
  readonly hashLabel: string
  readonly signal: AbortSignal
}

/**
 * The revisions of `owner`, the last of which is that of its template now: made where it is new, and renumbered where an older
 * template has come back. Orphans that the selector matches are adopted. Source: pkg/controller/history/controller_history.go.
 */
export async function reviseHistory(context: RevisionContext, owner: Revised): Promise<History> {
  const { client, cache, owners, signal } = context
  const { namespace = '' } = owner.metadata
  const matches = labelSelectorPredicate(owner.spec?.selector)
  const there = cache.list().filter((revision) => revision.metadata.namespace === namespace)
  const mine = await claim({ client, cache, owners, owner, matches }, there)
  const revisions = mine.sort((a, b) => a.revision - b.revision)
  const collisionCount = owner.status?.collisionCount ?? 0
  const alike = revisions.filter((revision) => semanticEqual(revision.data, dataOf(owner)))
  const same = alike.pop()
  if (!same) return create(context, owner, { revisions, collisionCount, duplicates: [] })
  if (same === revisions.at(-1)) return { revisions, latest: same, collisionCount, duplicates: alike }
  const body = { revision: (revisions.at(-1)?.revision ?? 0) + 1 }
  const name = { namespace, name: same.metadata.name ?? '' }
  const latest = await client.patch(controllerRevisions, name, { type: 'merge', body }, signal)
  await whenSeen(cache, latest)
  return { revisions: [...revisions.filter((revision) => revision !== same), latest], latest, collisionCount, duplicates: alike }
}

async function create(
  context: RevisionContext,
  owner: Revised,
  { revisions, collisionCount, duplicates }: Omit<History, 'latest'>,
): Promise<History> {
  const { client, cache, hashLabel, signal } = context
  for (let collisions = collisionCount; ; collisions++) {
    const draft = newRevision(owner, { hashLabel, revision: (revisions.at(-1)?.revision ?? 0) + 1, collisions })
    try {
      const latest = await client.create(controllerRevisions, draft, signal)
      await whenSeen(cache, latest)
      return { revisions: [...revisions, latest], latest, duplicates, collisionCount: collisions }
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      const name = { namespace: draft.metadata.namespace, name: draft.metadata.name ?? '' }
      const taken = await client.get(controllerRevisions, name, signal)
      const isOurs = isControlledBy(taken, owner) && semanticEqual(taken.data, draft.data)
      if (isOurs) return { revisions: [...revisions, taken], latest: taken, duplicates, collisionCount: collisions }
    }
  }
}

interface RevisionDraft {
  readonly hashLabel: string
  readonly revision: number
  readonly collisions: number
}

function newRevision(owner: Revised, { hashLabel, revision, collisions }: RevisionDraft): ControllerRevision {
  const { name, namespace, annotations } = owner.metadata
  const data = dataOf(owner)
  const hash = nameHash(data, collisions)
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: { ...owner.spec?.template.metadata?.labels, [hashLabel]: hash },
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision,
  }
}

/** A strategic merge patch that puts the template back: what `kubectl rollout undo` applies. */
const dataOf = (owner: Revised): unknown => ({ spec: { template: { ...owner.spec?.template, $patch: 'replace' } } })

/** The template that a revision stands for. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = (revision.data as { spec: { template: PodTemplateSpec & { $patch?: string } } }).spec
    .template
  return template
}

/** Removes the oldest of the revisions that nothing uses, beyond `limit` of them. */
export async function removeSurplus(
  context: RevisionContext,
  { revisions }: History,
  { limit, isLive }: { readonly limit: number; readonly isLive: (revision: ControllerRevision) => boolean },
): Promise<void> {
  const { cache } = context
  const idle = revisions.filter((revision) => !isLive(revision) && cache.get(keyOf(revision)))
  await removeRevisions(context, idle.slice(0, Math.max(0, idle.length - limit)))
}

/** Those that are gone already are as good as removed. */
export async function removeRevisions(
  { client, cache, signal }: RevisionContext,
  list: readonly ControllerRevision[],
): Promise<void> {
  for (const revision of list) {
    const { namespace, name = '', uid } = revision.metadata
    await client.delete(controllerRevisions, { namespace, name }, { preconditions: { uid } }, signal).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
    await whenSeenDeleted(cache, revision)
  }
}
