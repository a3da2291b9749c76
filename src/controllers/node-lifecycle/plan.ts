import { millisOf } from '../../lib/index.ts'
import {
  type Lease,
  type Node,
  type NodeCondition,
  type Pod,
  podCondition,
  type Taint,
  tolerates,
  withPodCondition,
} from '../../api/index.ts'

/** How long a node may be silent before it counts as lost; milliseconds, as upstream's --node-monitor-grace-period. */
export const GRACE = 50_000

const NOT_READY = 'node.kubernetes.io/not-ready'
const UNREACHABLE = 'node.kubernetes.io/unreachable'
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable'
/** Conditions that keep new Pods away while they hold. */
const PRESSURE: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
}
const OURS = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...Object.values(PRESSURE)])
/** What a kubelet says about its node, and what is unknown when it says nothing. */
const CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

export const readyCondition = (node: Node): NodeCondition | undefined =>
  node.status?.conditions?.find(({ type }) => type === 'Ready')

/** The last time a node was heard of; milliseconds, 0 for never. */
export function lastHeard(node: Node, lease: Lease | undefined): number {
  const times = [readyCondition(node)?.lastHeartbeatTime, lease?.spec?.renewTime, node.metadata.creationTimestamp]
  return Math.max(0, ...times.map((time) => (time === undefined ? 0 : millisOf(time))))
}

/** The conditions of a node that has fallen silent; undefined when they say so already. */
export function lostConditions(node: Node, now: string): readonly NodeCondition[] | undefined {
  const known = node.status?.conditions ?? []
  if (CONDITIONS.every((type) => known.find((condition) => condition.type === type)?.status === 'Unknown')) return undefined
  const lost = CONDITIONS.map((type): NodeCondition => {
    const before = known.find((condition) => condition.type === type)
    const reason = before ? 'NodeStatusUnknown' : 'NodeStatusNeverUpdated'
    const message = before ? 'Kubelet stopped posting node status.' : 'Kubelet never posted node status.'
    return {
      ...before,
      type,
      status: 'Unknown',
      reason,
      message,
      lastTransitionTime: before?.status === 'Unknown' ? before.lastTransitionTime : now,
    }
  })
  return [...known.filter(({ type }) => !CONDITIONS.includes(type)), ...lost]
}

/** What may be done about the Pods of a node that isn't ready: they stay, they may be driven out, or nobody may be now. */
export type Eviction = 'wait' | 'begin' | 'never'

/**
 * The taints that a node's state asks for, beside those that others gave it; undefined when it has just them. Those that drive
 * Pods out come when that may begin, and go when nobody may be driven out.
 */
export function wantedTaints(node: Node, eviction: Eviction, now: string): readonly Taint[] | undefined {
  const known = node.spec?.taints ?? []
  const isBegun = eviction === 'begin' || (eviction === 'wait' && drivesOut(node))
  const wanted = stateTaints(node).filter(({ effect }) => effect !== 'NoExecute' || isBegun)
  const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect
  const mine = known.filter((taint) => OURS.has(taint.key))
  if (mine.length === wanted.length && wanted.every((taint) => mine.some((other) => same(other, taint)))) return undefined
  const kept = known.filter((taint) => !OURS.has(taint.key))
  return [...kept, ...wanted.map((taint) => mine.find((other) => same(other, taint)) ?? withTime(taint, now))]
}

/** Whether a node drives its Pods out because it isn't ready. */
export const drivesOut = ({ spec }: Node): boolean =>
  (spec?.taints ?? []).some(({ key, effect }) => effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE))

const withTime = (taint: Taint, now: string): Taint => (taint.effect === 'NoExecute' ? { ...taint, timeAdded: now } : taint)

function stateTaints(node: Node): Taint[] {
  const status = readyCondition(node)?.status
  const key = status === 'Unknown' ? UNREACHABLE : NOT_READY
  const readiness: Taint[] =
    status === 'True'
      ? []
      : [
          { key, effect: 'NoSchedule' },
          { key, effect: 'NoExecute' },
        ]
  const pressure = (node.status?.conditions ?? []).filter(({ status: is }) => is === 'True').map(({ type }) => PRESSURE[type])
  const keys = [...pressure, node.spec?.unschedulable ? UNSCHEDULABLE : undefined].filter((each) => each !== undefined)
  return [...readiness, ...keys.map((each) => ({ key: each, effect: 'NoSchedule' }))]
}

/**
 * When a Pod must leave its node because of a taint that it doesn't tolerate, or no longer; milliseconds since the epoch.
 * Undefined when it may stay. `seenAt` is when a taint that doesn't say its time was first seen. Source: pkg/controller/tainteviction.
 */
export function leaveAt(pod: Pod, node: Node, seenAt: (taint: Taint) => number): number | undefined {
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
  const times = taints.flatMap((taint) => {
    const since = taint.timeAdded ? millisOf(taint.timeAdded) : seenAt(taint)
    const tolerations = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint))
    if (tolerations.length === 0) return [since]
    const seconds = tolerations.flatMap(({ tolerationSeconds }) =>
      tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds)],
    )
    return seconds.length === 0 ? [] : [since + Math.min(...seconds) * 1000]
  })
  return times.length === 0 ? undefined : Math.min(...times)
}

/** Pods on a lost node can't be known to be ready, so they are not: their endpoints leave. Undefined when they say so. */
export function unreadyConditions(pod: Pod, now: string): NonNullable<Pod['status']>['conditions'] {
  const ready = podCondition(pod, 'Ready')
  return ready?.status === 'True' ? withPodCondition(pod, { ...ready, status: 'False' }, now) : undefined
}

/** What a Pod says before a taint drives it away, for those that count failures. Source: KEP-3329. */
export function evictedConditions(pod: Pod, now: string): NonNullable<NonNullable<Pod['status']>['conditions']> {
  const message = 'Taint manager: deleting due to NoExecute taint'
  return withPodCondition(pod, { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message }, now)
}
