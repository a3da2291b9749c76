import { quantityValue } from '../../api/index.ts'
import { PortolanError } from '../../lib/index.ts'

/** What a node has left of something, and what it has in all: bytes or inodes. */
export interface Left {
  readonly available: number
  readonly capacity: number
}

/**
 * What a node watches, by upstream's names. `nodefs` is where volumes and what containers write lie, `imagefs` where images and output
 * lie.
 */
export type SignalName =
  | 'memory.available'
  | 'nodefs.available'
  | 'nodefs.inodesFree'
  | 'imagefs.available'
  | 'imagefs.inodesFree'
export type Signals = Readonly<Partial<Record<SignalName, Left>>>

export interface Threshold {
  readonly signal: SignalName
  /** `10%` of all, or `100Mi`. */
  readonly least: string
}

/**
 * Upstream's, but for `imagefs`: that is the computer's own disk, which people keep fuller than 85 % and which a cluster doesn't make
 * emptier by ending Pods. kind watches no disk at all, k3s leaves 5 %; here it is what the cluster's own store needs to go on.
 */
export const DEFAULT_THRESHOLDS: readonly Threshold[] = [
  { signal: 'memory.available', least: '100Mi' },
  { signal: 'nodefs.available', least: '10%' },
  { signal: 'nodefs.inodesFree', least: '5%' },
  { signal: 'imagefs.available', least: '200Mi' },
]

export type PressureName = 'MemoryPressure' | 'DiskPressure'

export interface Met {
  readonly threshold: Threshold
  readonly left: Left
}

export const pressureOf = (signal: SignalName): PressureName =>
  signal === 'memory.available' ? 'MemoryPressure' : 'DiskPressure'

/** What there is too little of; memory first, as upstream reclaims it first. Pure. */
export function thresholdsMet(thresholds: readonly Threshold[], signals: Signals): Met[] {
  const met = thresholds.flatMap((threshold) => {
    const left = signals[threshold.signal]
    return left && left.available < leastOf(threshold, left) ? [{ threshold, left }] : []
  })
  return met.toSorted((a, b) => rank(a) - rank(b))
}

const rank = ({ threshold }: Met): number => (pressureOf(threshold.signal) === 'MemoryPressure' ? 0 : 1)

/** In bytes or inodes. */
export const leastOf = ({ least }: Threshold, { capacity }: Left): number =>
  least.endsWith('%') ? (capacity * Number(least.slice(0, -1))) / 100 : quantityValue(least)

const NAMES: readonly SignalName[] = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
]

/** Upstream's `--eviction-hard`: `nodefs.available<10%,memory.available<100Mi`; empty for none. Throws BadThreshold. */
export const parseThresholds = (text: string): Threshold[] =>
  text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', least = ''] = part.split('<')
      const signal = NAMES.find((each) => each === name.trim())
      if (!signal || !/^\d+(\.\d+)?(%|[KMGT]i?)?$/.test(least.trim()))
        throw new PortolanError('BadThreshold', `"${part}" is no threshold; one is like nodefs.available<10%`)
      return { signal, least: least.trim() }
    })
