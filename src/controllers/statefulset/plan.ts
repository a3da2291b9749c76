import { isPodOver, isPodReady, type Pod, type StatefulSet } from '../../api/index.ts'
import { isPodAvailable } from '../pod-availability.ts'
import { ordinalOf, podOf, revisionOf, startOf, type Version } from './pod.ts'

export interface PlanOptions {
  readonly set: StatefulSet
  /** What Pods below the partition are made from, and all of them until an update is complete. */
  readonly current: Version
  /** The template as it is now. */
  readonly update: Version
  /** Those that the set controls, ended and terminating ones too. */
  readonly pods: readonly Pod[]
  /** Milliseconds. */
  readonly now: number
}

export interface Plan {
  readonly create: readonly Pod[]
  readonly delete: readonly Pod[]
}

const NOTHING: Plan = { create: [], delete: [] }

/**
 * The next step: Pods that are missing, then those that are too many, then those of an older template. OrderedReady takes one
 * Pod at a time and waits for it, Parallel all at once; an update goes from the highest ordinal down either way.
 * Source: pkg/controller/statefulset/stateful_set_control.go updateStatefulSet.
 */
export function plan(options: PlanOptions): Plan {
  const { set, pods } = options
  const ordered = isOrdered(set)
  const { replicas, condemned } = partition(set, pods)
  const repair = ordered ? repairNext(options, replicas) : repairAll(options, replicas)
  if (repair && ordered) return repair
  const surplus = ordered ? condemnNext(options, replicas, condemned) : condemned.filter((pod) => !isTerminating(pod))
  if (ordered && condemned.length > 0) return { create: [], delete: surplus }
  return {
    create: repair?.create ?? [],
    delete: [...(repair?.delete ?? []), ...surplus, ...outdated(options, replicas)],
  }
}

/** One place per wanted ordinal, undefined where its Pod is missing; and the Pods beyond, highest ordinal first. */
interface Partition {
  readonly replicas: readonly (Pod | undefined)[]
  readonly condemned: readonly Pod[]
}

function partition(set: StatefulSet, pods: readonly Pod[]): Partition {
  const start = startOf(set)
  const replicas: (Pod | undefined)[] = Array.from({ length: set.spec?.replicas ?? 1 })
  const condemned: { readonly pod: Pod; readonly ordinal: number }[] = []
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod)
    if (ordinal === undefined) continue
    if (ordinal >= start && ordinal < start + replicas.length) replicas[ordinal - start] = pod
    else condemned.push({ pod, ordinal })
  }
  return { replicas, condemned: condemned.sort((a, b) => b.ordinal - a.ordinal).map(({ pod }) => pod) }
}

/** What the first Pod that isn't as it should be needs; undefined when all are available. */
function repairNext(options: PlanOptions, replicas: Partition['replicas']): Plan | undefined {
  const index = replicas.findIndex((pod) => isUnavailable(options, pod))
  return index < 0 ? undefined : repair(options, replicas[index], index)
}

function repairAll(options: PlanOptions, replicas: Partition['replicas']): Plan {
  const all = replicas.map((pod, index) => repair(options, pod, index))
  return { create: all.flatMap((each) => each.create), delete: all.flatMap((each) => each.delete) }
}

/** A missing Pod is made; one that has ended goes, so that it can be made again; for any other there is only waiting. */
function repair({ set, current, update }: PlanOptions, pod: Pod | undefined, index: number): Plan {
  if (pod) return isPodOver(pod) && !isTerminating(pod) ? { create: [], delete: [pod] } : NOTHING
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {}
  const isOld = type !== 'OnDelete' && index < (rollingUpdate?.partition ?? 0)
  return { create: [podOf(set, startOf(set) + index, isOld ? current : update)], delete: [] }
}

/** The highest goes first, once the one before has gone; one that is not healthy only if it is the first that isn't. */
function condemnNext(options: PlanOptions, replicas: Partition['replicas'], condemned: readonly Pod[]): Pod[] {
  const [next] = condemned
  if (!next || isTerminating(next)) return []
  const firstUnavailable = [...replicas, ...condemned.toReversed()].find((pod) => isUnavailable(options, pod))
  return !isUnavailable(options, next) || next === firstUnavailable ? [next] : []
}

/**
 * Pods of an older template that may go now, from the highest down: as many as `maxUnavailable` leaves, one unless it is given.
 * Of Parallel sets those that serve nobody cost nothing, and go first.
 */
function outdated(options: PlanOptions, replicas: Partition['replicas']): Pod[] {
  const { set, update } = options
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {}
  if (type === 'OnDelete') return []
  const room = mostUnavailable(set) - replicas.filter((pod) => isUnavailable(options, pod)).length
  const old = replicas
    .filter(
      (pod, index): pod is Pod =>
        pod !== undefined && index >= (rollingUpdate?.partition ?? 0) && revisionOf(pod) !== update.name && !isTerminating(pod),
    )
    .toReversed()
  if (isOrdered(set)) return old.slice(0, Math.max(0, room))
  const broken = old.filter((pod) => isUnavailable(options, pod))
  return [...broken, ...old.filter((pod) => !broken.includes(pod)).slice(0, Math.max(0, room))]
}

const isOrdered = ({ spec }: StatefulSet): boolean => spec?.podManagementPolicy !== 'Parallel'

function mostUnavailable({ spec }: StatefulSet): number {
  const given = spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1
  const number = typeof given === 'number' ? given : Math.floor((Number.parseInt(given, 10) * (spec?.replicas ?? 1)) / 100)
  return Math.max(1, number)
}

export const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined
export const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && isPodReady(pod)

function isUnavailable({ set, now }: PlanOptions, pod: Pod | undefined): boolean {
  if (!pod || isTerminating(pod) || !isRunningAndReady(pod)) return true
  return !isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, now)
}
