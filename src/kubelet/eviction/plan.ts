import { type Pod, quantityValue } from '../../api/index.ts'
import type { Failure } from '../pod/limits.ts'
import { leastOf, type Met, pressureOf } from './thresholds.ts'

/** What a Pod has written to the node's disk, in bytes. */
export interface DiskUse {
  /** What each container wrote beside its volumes, its output included. */
  readonly containers: ReadonlyMap<string, number>
  /** emptyDir volumes on disk. */
  readonly volumes: ReadonlyMap<string, number>
}

const REASON = 'Evicted'
/** Who is evicted is given this long to end, seconds. */
const GRACE = 1
/** Nobody of a higher priority is evicted (scheduling.SystemCriticalPriority). */
const CRITICAL = 2_000_000_000
const STORAGE = 'ephemeral-storage'

export const isCritical = ({ spec }: Pod): boolean => (spec?.priority ?? 0) >= CRITICAL

/** Whether the Pod says how much it may write; what all others write is never measured while there is room. */
export const hasDiskLimit = ({ spec }: Pod): boolean =>
  (spec?.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined && emptyDir.medium !== 'Memory') ||
  (spec?.containers ?? []).some(({ resources }) => resources?.limits?.[STORAGE] !== undefined)

const bytes = (quantity: string | undefined): number => (quantity === undefined ? 0 : quantityValue(quantity))
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, each) => total + each, 0)
export const totalOf = ({ containers, volumes }: DiskUse): number => sum(containers.values()) + sum(volumes.values())

/** Why a Pod that has written more than it may is to end, in upstream's words; undefined when it hasn't (localStorageEviction). Pure. */
export function excessOf(pod: Pod, use: DiskUse): Failure | undefined {
  const message = tooFullVolume(pod, use) ?? tooMuchTogether(pod, use) ?? tooMuchOfOne(pod, use)
  return message === undefined ? undefined : { reason: REASON, message, grace: GRACE }
}

function tooFullVolume({ spec }: Pod, use: DiskUse): string | undefined {
  const found = (spec?.volumes ?? []).find(
    ({ name, emptyDir }) => emptyDir?.sizeLimit !== undefined && (use.volumes.get(name) ?? 0) > bytes(emptyDir.sizeLimit),
  )
  return found && `Usage of EmptyDir volume "${found.name}" exceeds the limit "${found.emptyDir?.sizeLimit}". `
}

function tooMuchTogether({ spec }: Pod, use: DiskUse): string | undefined {
  const limits = (spec?.containers ?? [])
    .map(({ resources }) => resources?.limits?.[STORAGE])
    .filter((limit) => limit !== undefined)
  const limit = sum(limits.map(bytes))
  if (limits.length === 0 || totalOf(use) <= limit) return undefined
  const [only = ''] = limits
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${limits.length === 1 ? only : limit}. `
}

function tooMuchOfOne({ spec }: Pod, use: DiskUse): string | undefined {
  const found = (spec?.containers ?? []).find(({ name, resources }) => {
    const limit = bytes(resources?.limits?.[STORAGE])
    return limit > 0 && (use.containers.get(name) ?? 0) > limit
  })
  return found && `Container ${found.name} exceeded its local ephemeral storage limit "${found.resources?.limits?.[STORAGE]}". `
}

export interface Candidate {
  readonly pod: Pod
  readonly use: DiskUse
}

/**
 * Who has to go when the disk is full, the first first: who uses more than it asked for, then the less important, then who uses most
 * (rankDiskPressureFunc of pkg/kubelet/eviction). Pure.
 */
export function rankForDisk(candidates: readonly Candidate[]): Candidate[] {
  const exceeds = ({ pod, use }: Candidate): number => Number(totalOf(use) > requestOf(pod))
  const priority = ({ pod }: Candidate): number => pod.spec?.priority ?? 0
  return candidates
    .filter(({ pod }) => !isCritical(pod))
    .toSorted(
      (a, b) =>
        exceeds(b) - exceeds(a) ||
        priority(a) - priority(b) ||
        totalOf(b.use) - requestOf(b.pod) - (totalOf(a.use) - requestOf(a.pod)),
    )
}

const requestOf = ({ spec }: Pod): number =>
  sum((spec?.containers ?? []).map(({ resources }) => bytes(resources?.requests?.[STORAGE])))

/** Why a Pod goes for want of room, in upstream's words (evictionMessage). Pure. */
export function evictionOf({ pod, use }: Candidate, { threshold, left }: Met): Failure {
  const inodes = threshold.signal.endsWith('inodesFree')
  const resource = pressureOf(threshold.signal) === 'MemoryPressure' ? 'memory' : inodes ? 'inodes' : STORAGE
  const print = inodes ? String : printBytes
  const greedy = (pod.spec?.containers ?? []).flatMap(({ name, resources }) => {
    const [used, asked] = [use.containers.get(name) ?? 0, resources?.requests?.[resource] ?? '0']
    if (inodes || used <= bytes(asked)) return []
    return [`Container ${name} was using ${printBytes(used)}, request is ${asked}, has larger consumption of ${resource}. `]
  })
  const quantity = `Threshold quantity: ${print(Math.floor(leastOf(threshold, left)))}, available: ${print(left.available)}. `
  return {
    reason: REASON,
    message: `The node was low on resource: ${resource}. ${quantity}${greedy.join('')}`,
    grace: GRACE,
    disrupted: true,
  }
}

/** As upstream prints an amount of bytes: in Ki where that is exact. */
const printBytes = (amount: number): string => (amount > 0 && amount % 1024 === 0 ? `${amount / 1024}Ki` : String(amount))

/** Why a Pod isn't let in while there is too little of something; undefined when it is (Admit of pkg/kubelet/eviction). Pure. */
export function refusedUnderPressure(pod: Pod, pressures: readonly string[], quality: string): Failure | undefined {
  if (pressures.length === 0 || isCritical(pod)) return undefined
  if (pressures.every((name) => name === 'MemoryPressure') && quality !== 'BestEffort') return undefined
  return { reason: REASON, message: `The node had condition: [${pressures.join(' ')}]. ` }
}
