import type { Pod } from '../../api/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { KubeletContext } from '../context.ts'
import { isTerminal } from '../pod/plan.ts'
import type { Failure } from '../pod/limits.ts'
import type { PodState } from '../pod/state.ts'
import { type Candidate, evictionOf, excessOf, hasDiskLimit, rankForDisk } from './plan.ts'
import type { Pressure } from './pressure.ts'
import { DEFAULT_THRESHOLDS, type Met, pressureOf, thresholdsMet } from './thresholds.ts'
import { diskUse, readSignals } from './usage.ts'

/** How often is looked, milliseconds; upstream's. */
const PERIOD = 10_000

export interface EvictionOptions {
  readonly context: KubeletContext
  readonly pressure: Pressure
  /** The Pods that run here, with what is known of them. */
  readonly running: () => readonly { readonly pod: Pod; readonly state: PodState }[]
  /** Ends a Pod for good. */
  readonly fail: (pod: Pod, failure: Failure) => void
}

/**
 * Watches over the room that the node has left, until `signal` aborts: says when there is too little, ends a Pod at a time until there
 * is enough, and ends Pods that have written more than they may. As long as nobody has such a limit and there is room, it costs two
 * questions to the kernel every ten seconds.
 */
export async function keepRoom(options: EvictionOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options.context
  while (!signal.aborted) {
    await look(options).catch((error: unknown) => log.warn({ error: messageOf(error) }, 'the room left could not be looked at'))
    await clock.sleep(options.context.eviction?.period ?? PERIOD, signal).catch(() => {})
  }
}

async function look({ context, pressure, running, fail }: EvictionOptions): Promise<void> {
  const { stateDir, dataDir, layout, eviction = {}, clock } = context
  const met = thresholdsMet(eviction.thresholds ?? DEFAULT_THRESHOLDS, await readSignals(stateDir, dataDir))
  await pressure.note(
    met.map(({ threshold }) => pressureOf(threshold.signal)),
    clock.now(),
  )
  const alive = running().filter(({ pod, state }) => !state.failure && !isTerminal(pod) && state.containers.size > 0)
  const limited = alive.filter(({ pod }) => hasDiskLimit(pod))
  for (const { pod, state } of limited) {
    const excess = excessOf(pod, await diskUse(pod, state, layout))
    if (excess) fail(pod, excess)
  }
  // Who goes already makes room first.
  if (running().some(({ state }) => state.failure?.disrupted && state.sandbox)) return
  const full = met.find(({ threshold }) => pressureOf(threshold.signal) === 'DiskPressure')
  if (full) await makeRoom(full, { alive, context, fail })
}

interface Making {
  readonly alive: readonly { readonly pod: Pod; readonly state: PodState }[]
  readonly context: KubeletContext
  readonly fail: EvictionOptions['fail']
}

/** Ends the one Pod that upstream would end first. */
async function makeRoom(met: Met, { alive, context, fail }: Making): Promise<void> {
  const candidates: Candidate[] = []
  for (const { pod, state } of alive) if (!state.failure) candidates.push({ pod, use: await diskUse(pod, state, context.layout) })
  const [first] = rankForDisk(candidates)
  if (first) fail(first.pod, evictionOf(first, met))
}
