import { type DaemonSet, type DaemonSetStatus, isPodOver, isPodReady, type Node, type Pod } from '../../api/index.ts'
import { millisOf } from '../../lib/index.ts'
import { isPodAvailable } from '../pod-availability.ts'
import { REVISION_HASH } from '../revisions.ts'
import { eligibility, type Eligibility } from './eligible.ts'
import { anyPod, podOn, targetOf } from './pod.ts'

/** A Pod that ended is not replaced before it is this old, so that one that can't run isn't made again and again; milliseconds. */
const RETRY = 10_000

export interface PlanOptions {
  readonly set: DaemonSet
  /** Of the template's revision. */
  readonly hash: string
  readonly nodes: readonly Node[]
  /** Those that the set controls. */
  readonly pods: readonly Pod[]
  /** Milliseconds. */
  readonly now: number
}

export interface Plan {
  readonly create: readonly Pod[]
  readonly delete: readonly Pod[]
  /** Milliseconds until a Pod that ended may be replaced; undefined when none did. */
  readonly again: number | undefined
}

/** A node and the set's Pods there, oldest first, terminating ones too. */
interface Place extends Eligibility {
  readonly node: string
  readonly pods: readonly Pod[]
}

/**
 * One Pod on every node that may have one, none on any other; then the next step of a rolling update.
 * Source: pkg/controller/daemon/daemon_controller.go manage, update.go rollingUpdate.
 */
export function plan(options: PlanOptions): Plan {
  const { set, hash, nodes, pods, now } = options
  const places = placesOf(options)
  const ended = pods.filter((pod) => isPodOver(pod) && !isTerminating(pod))
  const waits = ended.map((pod) => millisOf(pod.metadata.creationTimestamp ?? '') + RETRY - now).filter((wait) => wait > 0)
  const names = new Set(nodes.map(({ metadata }) => metadata.name))
  const update = set.spec?.updateStrategy?.type === 'OnDelete' ? NO_UPDATE : rollingStep(options, places)
  const doomed = [
    ...ended.filter((pod) => millisOf(pod.metadata.creationTimestamp ?? '') + RETRY <= now),
    ...pods.filter((pod) => !names.has(targetOf(pod))),
    ...places.flatMap((place) => (place.mayStay ? surplus(options, place) : place.pods)),
    ...update.delete,
  ]
  const empty = places.filter((place) => place.mayStart && place.pods.length === 0)
  return {
    create: [...empty, ...update.surge].map(({ node }) => podOn(node, anyPod(set, hash))),
    delete: [...new Set(doomed)].filter((pod) => !isTerminating(pod)),
    again: waits.length > 0 ? Math.min(...waits) : undefined,
  }
}

function placesOf({ set, hash, nodes, pods }: PlanOptions): Place[] {
  const pod = anyPod(set, hash)
  const byAge = [...pods].sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1))
  return nodes.map((node) => {
    const { name = '' } = node.metadata
    return { node: name, pods: byAge.filter((each) => targetOf(each) === name), ...eligibility(pod, node) }
  })
}

/** Pods beyond the first on a node. While an update surges, one of each template may be there. */
function surplus({ set, hash }: PlanOptions, { pods }: Place): readonly Pod[] {
  const living = pods.filter((pod) => !isTerminating(pod) && !isPodOver(pod))
  if (amount(set, 'maxSurge', 1) === 0) return living.slice(1)
  const isNew = (pod: Pod): boolean => pod.metadata.labels?.[REVISION_HASH] === hash
  return [...living.filter(isNew).slice(1), ...living.filter((pod) => !isNew(pod)).slice(1)]
}

interface RollingStep {
  /** Nodes that get a new Pod beside the old one. */
  readonly surge: readonly Place[]
  readonly delete: readonly Pod[]
}

const NO_UPDATE: RollingStep = { surge: [], delete: [] }

/** Old Pods that are not available cost nothing and go first; of the others as many as the strategy allows. */
function rollingStep(options: PlanOptions, places: readonly Place[]): RollingStep {
  const { set } = options
  const wanted = places.filter((place) => place.mayStart)
  const sites = wanted.map((place) => ({ place, ...versions(options, place) }))
  const outdated = sites.filter((site) => site.old && !site.fresh)
  const broken = outdated.filter(({ old }) => !isAvailable(options, old))
  const sound = outdated.filter(({ old }) => isAvailable(options, old))
  const surge = amount(set, 'maxSurge', wanted.length)
  if (surge > 0) {
    const arriving = sites.filter(({ old, fresh }) => old && fresh && !isAvailable(options, fresh)).length
    const replaced = sites.filter(({ old, fresh }) => old && isAvailable(options, fresh)).map(({ old }) => old)
    const next = [...broken, ...sound.slice(0, Math.max(0, surge - arriving))]
    return { surge: next.map(({ place }) => place), delete: replaced.filter((pod) => pod !== undefined) }
  }
  const unavailable = sites.filter(({ old, fresh }) => !isAvailable(options, fresh ?? old)).length
  const room = Math.max(0, amount(set, 'maxUnavailable', wanted.length) - unavailable)
  const next = [...broken, ...sound.slice(0, room)].map(({ old }) => old)
  return { surge: [], delete: next.filter((pod) => pod !== undefined) }
}

/** The Pod of the newest template on a node, and that of an older one. */
function versions({ hash }: PlanOptions, { pods }: Place): { readonly fresh: Pod | undefined; readonly old: Pod | undefined } {
  const living = pods.filter((pod) => !isPodOver(pod))
  return {
    fresh: living.find((pod) => pod.metadata.labels?.[REVISION_HASH] === hash),
    old: living.find((pod) => pod.metadata.labels?.[REVISION_HASH] !== hash),
  }
}

/** A number or a percentage of `total`, rounded up. One may be missing where nothing is said and nothing may surge. */
function amount(set: DaemonSet, which: 'maxSurge' | 'maxUnavailable', total: number): number {
  const given = set.spec?.updateStrategy?.rollingUpdate?.[which] ?? (which === 'maxSurge' ? 0 : 1)
  return typeof given === 'number' ? given : Math.ceil((Number.parseInt(given, 10) * total) / 100)
}

const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined

const isAvailable = ({ set, now }: PlanOptions, pod: Pod | undefined): boolean =>
  pod !== undefined && !isTerminating(pod) && isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, now)

/** What the status should say. */
export function statusOf(options: PlanOptions, collisionCount: number): DaemonSetStatus {
  const { set, hash, now } = options
  const places = placesOf(options)
  const wanted = places.filter((place) => place.mayStart)
  const having = (holds: (pod: Pod) => boolean): number => wanted.filter(({ pods }) => pods.some(holds)).length
  const numberAvailable = having((pod) => isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, now))
  return {
    observedGeneration: set.metadata.generation ?? 0,
    desiredNumberScheduled: wanted.length,
    currentNumberScheduled: having(() => true),
    numberMisscheduled: places.filter((place) => !place.mayStart && place.pods.length > 0).length,
    numberReady: having(isPodReady),
    updatedNumberScheduled: having((pod) => pod.metadata.labels?.[REVISION_HASH] === hash),
    numberAvailable,
    numberUnavailable: wanted.length - numberAvailable,
    ...(collisionCount > 0 ? { collisionCount } : {}),
  }
}
