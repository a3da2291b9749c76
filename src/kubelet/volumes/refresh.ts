import type { Pod } from '../../api/index.ts'
import { messageOf } from '../../lib/index.ts'
import { type KubeletContext, sourcesOf } from '../context.ts'
import type { PodState } from '../pod/state.ts'
import { refreshVolumes } from './mounts.ts'
import { isFromApi } from './sources.ts'

/** How often volumes are compared with what they are filled from; milliseconds. Pods of one node share what is read for that. */
const REFRESH = 10_000
const MAX_AGE = 5_000

/** When a running Pod's volumes are to be looked at again; undefined when none of them can change. Pure. */
export function refreshAt(pod: Pod, { refreshed }: PodState): number | undefined {
  if (!refreshed || !(pod.spec?.volumes ?? []).some(isFromApi)) return undefined
  return refreshed.facts === factsOf(pod) ? refreshed.at + REFRESH : refreshed.at
}

/** To be called whenever the volumes have been made or refreshed. */
export const noteRefresh = (pod: Pod, state: PodState, now: number): void => {
  state.refreshed = { at: now, facts: factsOf(pod) }
}

/** What the Pod says of itself and may change while it runs. */
const factsOf = ({ metadata }: Pod): string => JSON.stringify([metadata.labels, metadata.annotations])

/** Lets volumes follow ConfigMaps, Secrets, the Pod's labels and the time of its tokens. What can't be had stays as it was. */
export async function refresh(pod: Pod, state: PodState, context: KubeletContext): Promise<void> {
  const { layout, kernel, recorder, clock } = context
  noteRefresh(pod, state, clock.now())
  const { sandbox, tokens } = state
  const sources = sourcesOf(context, pod, { podIPs: sandbox?.addresses ?? [], tokens, maxAge: MAX_AGE })
  await refreshVolumes(pod, { layout, mounts: kernel.mounts, sources }).catch((error: unknown) =>
    recorder.event(pod, 'Warning', 'FailedMount', messageOf(error)),
  )
}
