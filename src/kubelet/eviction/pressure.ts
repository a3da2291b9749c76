import type { PressureName } from './thresholds.ts'

/** What the node has too little of, or had until a while ago: it is not to go to and fro. */
export interface Pressure {
  now(): readonly PressureName[]
  /** What there is too little of at this moment; `time` in milliseconds. */
  note(names: readonly PressureName[], time: number): Promise<void>
}

/** How long a condition stays after its cause has gone, milliseconds; upstream's --eviction-pressure-transition-period. */
const LASTS = 300_000

/** `changed` is called, and waited for, whenever the node has to say something else. */
export function createPressure(changed: () => Promise<void>, lasts = LASTS): Pressure {
  const seen = new Map<PressureName, number>()
  return {
    now: () => [...seen.keys()].toSorted(),
    async note(names, time) {
      const before = [...seen.keys()].toSorted().join()
      for (const name of names) seen.set(name, time)
      for (const [name, at] of seen) if (!names.includes(name) && time - at >= lasts) seen.delete(name)
      if ([...seen.keys()].toSorted().join() !== before) await changed()
    },
  }
}
