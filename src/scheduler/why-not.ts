import type { Pod } from '../api/index.ts'
import { lastingMisfit, type Misfit } from './cluster.ts'

/** What the plugin for devices says when a Pod claims none. Source: pkg/scheduler/framework/plugins/dynamicresources PostFilter. */
const NO_CLAIMS = 'no new claims to deallocate'

/** Why no node will do, one misfit per node. Source: pkg/scheduler/framework/types.go FitError. */
export function whyNot(pod: Pod, misfits: readonly Misfit[]): string {
  if (misfits.length === 0) return 'no nodes available to schedule pods'
  const reasons = misfits.flatMap((misfit) => misfit.reasons)
  return `${counted(misfits.length, reasons)} ${NO_CLAIMS}, preemption: ${preemption(pod, misfits)}`
}

/** Why a Pod can't run on any of so many nodes, whatever they are like. */
export function whyNowhere(pod: Pod, nodes: number, reason: string): string {
  if (nodes === 0) return whyNot(pod, [])
  const everywhere = Array.from({ length: nodes }, () => lastingMisfit(reason))
  return `0/${nodes} nodes are available: ${reason}. ${NO_CLAIMS}, preemption: ${preemption(pod, everywhere)}`
}

/** That no Pod is sent away for this one. Source: pkg/scheduler/framework/preemption. */
function preemption({ spec }: Pod, misfits: readonly Misfit[]): string {
  if (spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const reason = ({ lasting }: Misfit): string =>
    lasting ? 'Preemption is not helpful for scheduling' : 'No preemption victims found for incoming pod'
  return counted(misfits.length, misfits.map(reason))
}

function counted(nodes: number, reasons: readonly string[]): string {
  const times = new Map<string, number>()
  for (const reason of reasons) times.set(reason, (times.get(reason) ?? 0) + 1)
  const sorted = [...times].map(([reason, count]) => `${count} ${reason}`).sort()
  return `0/${nodes} nodes are available: ${sorted.join(', ')}.`
}
